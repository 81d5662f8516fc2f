package native

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
)

// Key is a unique key without NULLs whose ranges split a table.
type Key struct {
	Primary bool
	Columns []KeyColumn
}

// force makes the server read along the key. Any other than the primary key may be one that it was told not to use.
func (k *Key) force() string {
	if k.Primary {
		return " FORCE INDEX (PRIMARY)"
	}
	return ""
}

// KeyColumn is one column of a Key. CharacterSet is empty for a type that is not text.
type KeyColumn struct {
	Ident, Type, CharacterSet, Collation string
}

var splittable = map[string]string{
	"tinyint": "number", "smallint": "number", "mediumint": "number", "int": "number", "bigint": "number", "decimal": "number",
	"char": "text", "varchar": "text", "binary": "bytes", "varbinary": "bytes", "date": "time", "datetime": "time", "timestamp": "time",
}

// Splits tells whether a value of a key's column can be the end of a range. The key holds a CHAR with its spaces, while a
// NOPAD collation compares it without them: where a value continues with a character before the space, the server does
// not find it from the one without.
func (c KeyColumn) Splits() bool {
	return splittable[c.Type] != "" && (c.Type != "char" || !strings.Contains(c.Collation, "nopad"))
}

// literal writes a value of the column so that it is compared as the column's own values are.
func (c KeyColumn) literal(value []byte) string {
	switch splittable[c.Type] {
	case "number":
		return string(value)
	case "time":
		return "'" + string(value) + "'"
	case "text":
		return fmt.Sprintf("_%s x'%s' COLLATE %s", c.CharacterSet, hex.EncodeToString(value), c.Collation)
	}
	return "x'" + hex.EncodeToString(value) + "'"
}

var (
	numberForm = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	timeForm   = regexp.MustCompile(`^[0-9 :.-]+$`)
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9_]+$`) // of a character set or collation
)

// plain tells whether literal can write a value that the source has given: statements for the target are made of it, and
// a source is trusted with no statement there.
func (c KeyColumn) plain(value []byte) bool {
	switch splittable[c.Type] {
	case "number":
		return numberForm.Match(value)
	case "time":
		return timeForm.Match(value)
	case "text":
		return nameForm.MatchString(c.CharacterSet) && nameForm.MatchString(c.Collation)
	}
	return true
}

// chunk is one range of a table and what was read there.
type chunk struct {
	table *Table
	from  int    // its first piece
	where string // empty = the whole table
	sent  sum

	pieces    int
	bytes     int64         // sent
	took      time.Duration // to move it
	committed bool          // a part of it is
	compared  bool
	warned    map[int64]int64 // how often the target warned of it, by number: of a value it changed, or of nothing that is stored
}

func (c *chunk) warn(numbers map[int64]int64) {
	if c.warned == nil {
		c.warned = map[int64]int64{}
	}
	for number, times := range numbers {
		c.warned[number] += times
	}
}

func (c *chunk) String() string {
	if c.where == "" {
		return "all rows"
	}
	return c.where
}

// A chunk is made of pieces as it is begun, so that it can be as long as those before it say. There are that many to a
// chunk, unless a table has very many chunks.
const (
	chunkPieces = 4
	veryMany    = 2000
)

// split cuts the table into pieces of about equal size. conn sees the same rows as the sessions that will read them.
func (t *Table) split(ctx context.Context, conn *sql.Conn, chunkBytes int64) (err error) {
	parts := t.EstimatedBytes / chunkBytes
	if parts < veryMany {
		parts = t.EstimatedBytes / (chunkBytes / chunkPieces)
	}
	if parts = min(parts, t.EstimatedRows/2); t.Key == nil || parts < 2 {
		return nil
	}
	t.bounds, err = t.findBounds(ctx, conn, parts)
	return err
}

// pieces is how many there are.
func (t *Table) pieces() int { return len(t.bounds) + 1 }

// chunk is some pieces of the table.
func (t *Table) chunk(from, n int) *chunk {
	return &chunk{table: t, from: from, pieces: n, where: t.Key.between(t.bounds, from, from+n)}
}

// Ranges are conditions that cut the table into that many parts, or fewer, of about equal size. There are none where its
// primary key is not one whole number, because others cannot be used without a hint, and where it has hardly a row.
func (t *Table) Ranges(ctx context.Context, conn *sql.Conn, parts int) ([]string, error) {
	if t.Key == nil || !t.Key.Primary || !t.Key.isNumber() || t.EstimatedRows < 2*int64(parts) {
		return nil, nil
	}
	found, err := t.findBounds(ctx, conn, int64(parts))
	if err != nil {
		return nil, sourceFault(t.Name, err)
	}
	bounds := found
	if len(found) >= parts { // there are more rows than was estimated
		bounds = nil
		for i := 1; i < parts; i++ {
			bounds = append(bounds, found[i*(len(found)+1)/parts-1])
		}
	}
	var wheres []string
	for i := 0; i <= len(bounds); i++ {
		wheres = append(wheres, t.Key.between(bounds, i, i+1))
	}
	return wheres, nil
}

func (k *Key) isNumber() bool {
	return len(k.Columns) == 1 && strings.HasSuffix(k.Columns[0].Type, "int")
}

// findBounds are the keys at which parts of about equal size begin, without the first.
func (t *Table) findBounds(ctx context.Context, conn *sql.Conn, parts int64) ([][][]byte, error) {
	if t.Key.isNumber() {
		var low, high sql.NullString
		err := conn.QueryRowContext(ctx, fmt.Sprintf("SELECT CONCAT(MIN(%[1]s)), CONCAT(MAX(%[1]s)) FROM %s", t.Key.Columns[0].Ident, t.Source)).Scan(&low, &high)
		if err != nil || !low.Valid {
			return nil, err
		}
		if bounds := even(low.String, high.String, parts, t.EstimatedRows); bounds != nil {
			return bounds, nil
		}
	}
	return t.walk(ctx, conn, max(t.EstimatedRows/parts, 1))
}

// even spreads bounds over the whole numbers from low to high; nil where less than half of them are rows, because
// then the rows may be anywhere.
func even(low, high string, parts, rows int64) [][][]byte {
	from, ok1 := new(big.Int).SetString(low, 10)
	to, ok2 := new(big.Int).SetString(high, 10)
	if !ok1 || !ok2 {
		return nil
	}
	span := new(big.Int).Sub(to, from)
	if span.Cmp(big.NewInt(2*rows)) > 0 {
		return nil
	}
	var bounds [][][]byte
	for i := int64(1); i < parts; i++ {
		offset := new(big.Int).Mul(span, big.NewInt(i))
		offset.Div(offset, big.NewInt(parts))
		bounds = append(bounds, [][]byte{[]byte(offset.Add(offset, from).String())})
	}
	return bounds
}

// walk finds every rows-th row in the order of the key.
func (t *Table) walk(ctx context.Context, conn *sql.Conn, rows int64) ([][][]byte, error) {
	var names []string
	for _, c := range t.Key.Columns {
		names = append(names, c.Ident)
	}
	list := strings.Join(names, ", ")
	var bounds [][][]byte
	for where := ""; ; {
		values, targets := make([][]byte, len(names)), make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		err := conn.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM %s%s%s ORDER BY %s LIMIT 1 OFFSET %d",
			list, t.Source, t.Key.force(), where, list, rows)).Scan(targets...)
		if err == sql.ErrNoRows {
			return bounds, nil
		}
		if err != nil {
			return nil, err
		}
		for i, c := range t.Key.Columns {
			if !c.plain(values[i]) {
				return nil, errors.New("it gives a value of " + c.Ident + " that its type does not have")
			}
		}
		bounds = append(bounds, values)
		where = " WHERE " + t.Key.compare(values, ">", ">=")
	}
}

// between is the condition for the rows from one bound to another, counted from 1. There is none before the first and
// after the last, so that all parts together are the whole table.
func (k *Key) between(bounds [][][]byte, from, to int) string {
	var conditions []string
	if from > 0 {
		conditions = append(conditions, k.compare(bounds[from-1], ">", ">="))
	}
	if to <= len(bounds) {
		conditions = append(conditions, k.compare(bounds[to-1], "<", "<"))
	}
	return strings.Join(conditions, " AND ")
}

// compare writes (a, b, c) > (x, y, z) as servers can use an index for it: a > x OR (a = x AND (b > y OR …)). last is
// the operator for the last column.
func (k *Key) compare(bound [][]byte, operator, last string) string {
	i := len(bound) - 1
	condition := fmt.Sprintf("%s %s %s", k.Columns[i].Ident, last, k.Columns[i].literal(bound[i]))
	for i--; i >= 0; i-- {
		name, value := k.Columns[i].Ident, k.Columns[i].literal(bound[i])
		condition = fmt.Sprintf("(%[1]s %[2]s %[3]s OR (%[1]s = %[3]s AND %[4]s))", name, operator, value, condition)
	}
	return condition
}
