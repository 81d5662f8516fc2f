package native

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

// rows runs a query and hands over each row's values as the driver gives them, valid during the call only. It reads the
// driver's rows, because scanning costs more than the rest.
func rows(ctx context.Context, conn *sql.Conn, query string, each func(values []driver.Value) error) error {
	return conn.Raw(func(session any) error {
		queryer, ok := session.(driver.QueryerContext)
		if !ok {
			return errors.New("the driver cannot query")
		}
		found, err := queryer.QueryContext(ctx, query, nil)
		if err != nil {
			return err
		}
		values := make([]driver.Value, len(found.Columns()))
		for err == nil {
			if err = found.Next(values); err == nil {
				err = each(values)
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, found.Close())
	})
}

func appendNumber(to []byte, value driver.Value) ([]byte, error) {
	switch v := value.(type) {
	case int64:
		return strconv.AppendInt(to, v, 10), nil
	case uint64:
		return strconv.AppendUint(to, v, 10), nil
	case float64:
		return strconv.AppendFloat(to, v, 'g', -1, 64), nil
	}
	return nil, fmt.Errorf("the driver returned a %T", value)
}

// appendTuple appends a row as INSERT reads it. write holds an expression for each column; empty = the value itself.
func appendTuple(to []byte, values []driver.Value, write []string) ([]byte, error) {
	size := 0
	for _, value := range values {
		if field, ok := value.([]byte); ok {
			size += len(field)
		}
	}
	to = append(slices.Grow(to, size+size/16), '(')
	for i, value := range values {
		if i > 0 {
			to = append(to, ',')
		}
		if write[i] == "DEFAULT" {
			to = append(to, write[i]...)
			continue
		}
		if write[i] == "" {
			var err error
			if to, err = appendLiteral(to, value); err != nil {
				return nil, err
			}
			continue
		}
		literal, err := appendLiteral(nil, value)
		if err != nil {
			return nil, err
		}
		to = fmt.Appendf(to, write[i], literal)
	}
	return append(to, ')'), nil
}

func appendLiteral(to []byte, value driver.Value) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(to, "NULL"...), nil
	case []byte:
		if !utf8.Valid(v) { // a server that shows the statement in its list of processes would fail
			return append(hex.AppendEncode(append(to, "x'"...), v), '\''), nil
		}
		to = append(to, "_binary'"...)
		for _, c := range v {
			if c == '\'' || c == '\\' {
				to = append(to, '\\')
			}
			to = append(to, c)
		}
		return append(to, '\''), nil
	}
	if v, ok := value.(float64); ok {
		return strconv.AppendFloat(to, v, 'e', -1, 64), nil // without the exponent -0 would be the whole number 0
	}
	return appendNumber(to, value)
}
