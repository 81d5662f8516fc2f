package compare

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// state is one object on one side.
type state struct {
	definition string
	rows       int64
	checksum   string
}

func (s state) hash() string {
	if s.definition == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s.definition + "\x00" + s.checksum))
	return hex.EncodeToString(sum[:6])
}

// kinds says where the names of each kind are listed (one column, given the database) and which column of its SHOW
// CREATE holds the definition.
var kinds = []struct {
	name, list, show string
	column           string
}{
	{"table", "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'BASE TABLE'", "TABLE", "Create Table"},
	{"view", "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'VIEW'", "VIEW", "Create View"},
	{"trigger", "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = ?", "TRIGGER", "SQL Original Statement"},
	{"procedure", "SELECT routine_name FROM information_schema.routines WHERE routine_schema = ? AND routine_type = 'PROCEDURE'", "PROCEDURE", "Create Procedure"},
	{"function", "SELECT routine_name FROM information_schema.routines WHERE routine_schema = ? AND routine_type = 'FUNCTION'", "FUNCTION", "Create Function"},
	{"event", "SELECT event_name FROM information_schema.events WHERE event_schema = ?", "EVENT", "Create Event"},
}

func read(ctx context.Context, side Side, tables []string) (map[key]state, error) {
	conn, err := side.DB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "SET NAMES utf8mb4"); err != nil {
		return nil, err
	}
	all := map[key]state{}
	for order, kind := range kinds {
		names, err := column(ctx, conn, kind.list, side.Database)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			k := key{order: order, kind: kind.name, name: name}
			wanted, err := isWanted(ctx, conn, side.Database, k, tables)
			if err != nil {
				return nil, err
			}
			if !wanted {
				continue
			}
			s, err := readObject(ctx, conn, side.Database, k, kind.show, kind.column)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", kind.name, name, err)
			}
			all[k] = s
		}
	}
	return all, nil
}

// isWanted narrows to the chosen tables and their triggers; no tables chosen means everything.
func isWanted(ctx context.Context, conn *sql.Conn, database string, k key, tables []string) (bool, error) {
	switch {
	case len(tables) == 0:
		return true, nil
	case k.kind == "table" || k.kind == "view":
		return slices.Contains(tables, k.name), nil
	case k.kind == "trigger":
		of, err := column(ctx, conn, "SELECT event_object_table FROM information_schema.triggers WHERE trigger_schema = ? AND trigger_name = ?", database, k.name)
		return len(of) > 0 && slices.Contains(tables, of[0]), err
	default:
		return false, nil
	}
}

func readObject(ctx context.Context, conn *sql.Conn, database string, k key, show, definition string) (state, error) {
	row, err := row(ctx, conn, "SHOW CREATE "+show+" "+quote(database)+"."+quote(k.name))
	if err != nil {
		return state{}, err
	}
	s := state{definition: normalise(row[definition], database)}
	if k.kind != "table" {
		return s, nil
	}
	table := quote(database) + "." + quote(k.name)
	if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table).Scan(&s.rows); err != nil {
		return state{}, err
	}
	s.checksum, err = checksum(ctx, conn, database, k.name)
	return s, err
}

// checksum is over every column of every row as bytes, independent of row order and of storage format. A float is
// compared by its exact value, not by its six-digit text.
func checksum(ctx context.Context, conn *sql.Conn, database, table string) (string, error) {
	names, err := column(ctx, conn, "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position", database, table)
	if err != nil {
		return "", err
	}
	floats, err := column(ctx, conn, "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? AND data_type = 'float'", database, table)
	if err != nil {
		return "", err
	}
	var values []string
	for _, name := range names {
		value := quote(name)
		if slices.Contains(floats, name) {
			value += " + 0e0"
		}
		values = append(values, "COALESCE(HEX(CAST("+value+" AS BINARY)), '-')")
	}
	hash := "SHA2(CONCAT_WS(',', " + strings.Join(values, ", ") + "), 256)"
	half := func(from int) string {
		return fmt.Sprintf("COALESCE(SUM(CAST(CONV(SUBSTRING(h, %d, 8), 16, 10) AS UNSIGNED)), 0)", from)
	}
	query := "SELECT CONCAT_WS('-', " + half(1) + ", " + half(9) + ", " + half(17) + ", " + half(25) + ") FROM (SELECT " + hash + " AS h FROM " +
		quote(database) + "." + quote(table) + ") AS hashes"
	var sum string
	err = conn.QueryRowContext(ctx, query).Scan(&sum)
	return sum, err
}

var (
	definer = regexp.MustCompile("DEFINER=(?:`(?:[^`]|``)*`|'[^']*'|[^@\\s]+)@(?:`(?:[^`]|``)*`|'[^']*'|\\S+) ")
	status  = regexp.MustCompile(` (ENABLE|DISABLE ON SLAVE|DISABLE ON REPLICA|DISABLE)( COMMENT | DO )`)
)

func normalise(definition, database string) string {
	definition = definer.ReplaceAllString(definition, "")
	definition = status.ReplaceAllString(definition, "$2")
	return strings.ReplaceAll(definition, quote(database)+".", "")
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func column(ctx context.Context, conn *sql.Conn, query string, args ...any) ([]string, error) {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			return nil, err
		}
		all = append(all, value)
	}
	return all, rows.Err()
}

// row reads the one row of a SHOW statement by column name.
func row(ctx context.Context, conn *sql.Conn, query string) (map[string]string, error) {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	if !rows.Next() {
		return nil, sql.ErrNoRows
	}
	values, into := make([]sql.NullString, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	byName := map[string]string{}
	for i, name := range names {
		byName[name] = values[i].String
	}
	return byName, rows.Err()
}
