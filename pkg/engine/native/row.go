package native

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
)

// rows runs a query and hands over each row: its values as the driver gives them, and the same as one line for LOAD
// DATA. Both are valid during the call only. It reads the driver's rows, because scanning costs more than the rest.
func rows(ctx context.Context, conn *sql.Conn, query string, each func(values []driver.Value, line []byte) error) error {
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
		var line []byte
		for err == nil {
			if err = found.Next(values); err != nil {
				break
			}
			if line, err = appendLine(line[:0], values); err == nil {
				err = each(values, line)
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, found.Close())
	})
}

// appendLine appends a row as LOAD DATA reads it: fields end with a tab, lines with a newline, NULL is \N, and a
// backslash takes the meaning from the byte that follows. Different rows make different lines.
func appendLine(line []byte, values []driver.Value) ([]byte, error) {
	for i, value := range values {
		if i > 0 {
			line = append(line, '\t')
		}
		switch v := value.(type) {
		case nil:
			line = append(line, '\\', 'N')
		case []byte:
			line = appendEscaped(line, v)
		default:
			var err error
			if line, err = appendNumber(line, v); err != nil {
				return nil, err
			}
		}
	}
	return append(line, '\n'), nil
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

func appendEscaped(line, field []byte) []byte {
	from := 0
	for i, c := range field {
		if c == '\t' || c == '\n' || c == '\\' {
			line = append(line, field[from:i]...)
			line = append(line, '\\')
			from = i
		}
	}
	return append(line, field[from:]...)
}

// appendTuple appends a row as INSERT reads it. write holds an expression for each column; empty = the value itself.
func appendTuple(to []byte, values []driver.Value, write []string) ([]byte, error) {
	to = append(to, '(')
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

// sum is a hash of rows in any order: equal sets of rows, duplicates counted, have equal sums.
type sum struct {
	rows int64
	hash uint64
}

func (s *sum) add(line []byte) {
	s.rows++
	s.hash += xxhash.Sum64(line)
}
