package compare

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"iter"
	"maps"

	"github.com/go-sql-driver/mysql"
)

// errDiscard makes database/sql drop a session instead of reusing it.
var errDiscard = driver.ErrBadConn

// isUnknownTable tells whether the server has no such table or column: an older one, or one of the other flavour.
func isUnknownTable(err error) bool {
	var said *mysql.MySQLError
	return errors.As(err, &said) && (said.Number == 1109 || said.Number == 1146 || said.Number == 1054)
}

func column(ctx context.Context, conn *sql.Conn, query string, args ...any) ([]string, error) {
	rows, err := table(ctx, conn, query, args...)
	var all []string
	for _, row := range rows.values {
		all = append(all, row[0].String)
	}
	return all, err
}

// columns reads rows of two columns.
func columns(ctx context.Context, conn *sql.Conn, query string, args ...any) ([][2]string, error) {
	rows, err := table(ctx, conn, query, args...)
	var all [][2]string
	for _, row := range rows.values {
		all = append(all, [2]string{row[0].String, row[1].String})
	}
	return all, err
}

// pairs reads rows of a name and a value.
func pairs(ctx context.Context, conn *sql.Conn, query string, args ...any) (map[string]string, error) {
	rows, err := columns(ctx, conn, query, args...)
	all := map[string]string{}
	for _, row := range rows {
		all[row[0]] = row[1]
	}
	return all, err
}

// row reads the one row of a SHOW statement by column name.
func row(ctx context.Context, conn *sql.Conn, query string) (map[string]string, error) {
	rows, err := table(ctx, conn, query)
	if err != nil {
		return nil, err
	}
	if len(rows.values) == 0 {
		return nil, sql.ErrNoRows
	}
	byName := map[string]string{}
	for i, name := range rows.names {
		byName[name] = rows.values[0][i].String
	}
	return byName, nil
}

type result struct {
	names  []string
	values [][]sql.NullString
}

func table(ctx context.Context, conn *sql.Conn, query string, args ...any) (result, error) {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return result{}, err
	}
	defer func() { _ = rows.Close() }()
	var all result
	if all.names, err = rows.Columns(); err != nil {
		return result{}, err
	}
	for rows.Next() {
		values, into := make([]sql.NullString, len(all.names)), make([]any, len(all.names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return result{}, err
		}
		all.values = append(all.values, values)
	}
	return all, rows.Err()
}

func keys(m map[string]string) iter.Seq[string] { return maps.Keys(m) }
