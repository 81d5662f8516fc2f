package engine

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

const (
	sampleSpots = 16        // places of a table that are looked at
	sampleRows  = 500       // about, at each
	sampleBytes = 256 << 10 // about, at each
)

// sample is what some rows of a table tell about all of them.
type sample struct {
	total       int64 // rows of the table, about
	rows, bytes int64 // that were read
	took        time.Duration
}

// sampleTable reads rows at evenly spread values of a whole-number primary key. How many there are between two values
// says how many the table has, which statistics can miss by far. Without such a key it reads some of the first rows.
func sampleTable(ctx context.Context, db queryer, database string, t PlannedTable) (sample, error) {
	most := int64(sampleRows)
	if t.Rows > 0 {
		most = max(1, min(most, sampleBytes/max(t.Bytes/t.Rows, 1)))
	}
	table := QName(database, t.Name)
	s := sample{total: t.Rows}
	key, err := wholeKey(ctx, db, database, t.Name)
	if err != nil {
		return s, err
	}
	if key == "" {
		_, err := s.read(ctx, db, fmt.Sprintf("SELECT * FROM %s LIMIT %d", table, most*4))
		return s, err
	}
	var low, high sql.NullFloat64
	if err := db.QueryRowContext(ctx, fmt.Sprintf("SELECT MIN(%[1]s), MAX(%[1]s) FROM %[2]s", key, table)).Scan(&low, &high); err != nil {
		return s, err
	}
	span := high.Float64 - low.Float64 + 1
	if !low.Valid || span > 1<<52 || low.Float64 < -(1<<52) || high.Float64 > 1<<52 {
		return s, nil
	}
	width := max(1, min(float64(most)*span/float64(max(t.Rows, 1)), span/sampleSpots))
	empty, density := 0, 0.0
	for i := range sampleSpots {
		from := low.Float64 + span*float64(i)/sampleSpots
		n, err := s.read(ctx, db, fmt.Sprintf("SELECT * FROM %s FORCE INDEX (PRIMARY) WHERE %s >= %.0f AND %s < %.0f LIMIT %d", table, key, from, key, from+width, most*20))
		if err != nil {
			return s, err
		}
		if n == 0 {
			empty++
		}
		density += float64(n) / width / sampleSpots
	}
	if empty <= sampleSpots/2 { // else the keys are in heaps that the spots may miss
		s.total = max(int64(density*span), s.rows)
	}
	return s, nil
}

// wholeKey is the quoted name of a primary key of one whole number; empty = there is none.
func wholeKey(ctx context.Context, db queryer, database, table string) (string, error) {
	rows, err := db.QueryContext(ctx, `SELECT COLUMN_NAME, LOWER(DATA_TYPE) FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_KEY = 'PRI'`, database, table)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	key, n := "", 0
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return "", err
		}
		if n++; strings.HasSuffix(kind, "int") {
			key = Ident(name)
		}
	}
	if n != 1 {
		key = ""
	}
	return key, rows.Err()
}

// read adds the rows of a query to the sample, with the bytes they take on their way.
func (s *sample) read(ctx context.Context, db queryer, query string) (n int64, err error) {
	began := time.Now()
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	values, targets := make([]sql.RawBytes, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return n, err
		}
		n++
		for _, v := range values {
			s.bytes += int64(len(v)) + 1
		}
	}
	s.rows += n
	s.took += time.Since(began)
	return n, rows.Err()
}
