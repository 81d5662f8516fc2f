package compare

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// state is one object on one side.
type state struct {
	definition string            // what SHOW CREATE says, in the words that both sides share
	settings   map[string]string // what the object was made with: sql_mode, character sets, collations, a trigger's place
	rows       int64
	checksum   string
}

func (s state) hash() string {
	if s.definition == "" {
		return ""
	}
	var settings strings.Builder
	for _, name := range slices.Sorted(keys(s.settings)) {
		settings.WriteString(name + "=" + s.settings[name] + "\x00")
	}
	sum := sha256.Sum256([]byte(s.definition + "\x00" + settings.String() + s.checksum))
	return hex.EncodeToString(sum[:6])
}

// kinds says where the names of each kind are listed (one column, given the database) and which column of its SHOW
// CREATE holds the definition.
var kinds = []struct {
	name, list, column string
	optional           bool // not every server knows the kind
}{
	{name: "database", list: "SELECT schema_name FROM information_schema.schemata WHERE schema_name = ?"},
	{name: "table", list: "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')", column: "Create Table"},
	{name: "sequence", list: "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'SEQUENCE'", column: "Create Table"},
	{name: "view", list: "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'VIEW'", column: "Create View"},
	{name: "trigger", list: "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = ?", column: "SQL Original Statement"},
	{name: "procedure", list: "SELECT routine_name FROM information_schema.routines WHERE routine_schema = ? AND routine_type = 'PROCEDURE'", column: "Create Procedure"},
	{name: "function", list: "SELECT routine_name FROM information_schema.routines WHERE routine_schema = ? AND routine_type = 'FUNCTION'", column: "Create Function"},
	{name: "package", list: "SELECT routine_name FROM information_schema.routines WHERE routine_schema = ? AND routine_type = 'PACKAGE'", column: "Create Package"},
	{name: "package body", list: "SELECT routine_name FROM information_schema.routines WHERE routine_schema = ? AND routine_type = 'PACKAGE BODY'", column: "Create Package Body"},
	{name: "library", list: "SELECT library_name FROM information_schema.libraries WHERE library_schema = ?", column: "Create Library", optional: true},
	{name: "event", list: "SELECT event_name FROM information_schema.events WHERE event_schema = ?", column: "Create Event"},
}

// reader reads one side. cross is set where the sides are of different flavours or releases, which print one thing in
// two ways.
type reader struct {
	conn     *sql.Conn
	database string
	mariaDB  bool
	release  string // the flavour, and the first two numbers of its version
	cross    bool

	ascending bool // a server of the two builds every key in ascending order
	documents bool // both keep JSON as such, not as text
}

// sessionSettings pin what decides how values and definitions are printed.
var sessionSettings = []string{"SET NAMES utf8mb4", "SET time_zone = '+00:00'", "SET sql_mode = ''", "SET sql_quote_show_create = 1"}

func open(ctx context.Context, side Side) (*reader, error) {
	conn, err := side.DB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	r := &reader{conn: conn, database: side.Database}
	for _, statement := range sessionSettings {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			r.close()
			return nil, err
		}
	}
	var version string
	if err := conn.QueryRowContext(ctx, "SELECT CONCAT(VERSION(), ' ', @@version_comment)").Scan(&version); err != nil {
		r.close()
		return nil, err
	}
	r.mariaDB = strings.Contains(strings.ToLower(version), "mariadb")
	r.release = fmt.Sprint(r.mariaDB, firstNumbers.FindString(version))
	var major, minor int
	_, _ = fmt.Sscanf(version, "%d.%d", &major, &minor)
	r.ascending = major < 8 || r.mariaDB && major == 10 && minor < 8
	return r, nil
}

var firstNumbers = regexp.MustCompile(`^\d+\.\d+`)

// close ends the session instead of giving it back to the pool with its settings changed.
func (r *reader) close() {
	_ = r.conn.Raw(func(any) error { return errDiscard })
	_ = r.conn.Close()
}

func (r *reader) all(ctx context.Context, tables []string) (map[key]state, error) {
	all := map[key]state{}
	for order, kind := range kinds {
		names, err := column(ctx, r.conn, kind.list, r.database)
		if err != nil && !(kind.optional && isUnknownTable(err)) {
			return nil, err
		}
		for _, name := range names {
			k := key{order: order, kind: kind.name, name: name}
			if kind.name == "database" {
				k.name = ""
			}
			wanted, err := r.isWanted(ctx, k, tables)
			if err != nil {
				return nil, err
			}
			if !wanted {
				continue
			}
			s, err := r.object(ctx, k, kind.column)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", kind.name, name, err)
			}
			all[k] = s
		}
	}
	return all, nil
}

// isWanted narrows to the chosen tables and their triggers; no tables chosen means everything.
func (r *reader) isWanted(ctx context.Context, k key, tables []string) (bool, error) {
	switch {
	case len(tables) == 0:
		return true, nil
	case k.kind == "table" || k.kind == "view" || k.kind == "sequence":
		return slices.Contains(tables, k.name), nil
	case k.kind == "trigger":
		of, err := column(ctx, r.conn, "SELECT event_object_table FROM information_schema.triggers WHERE trigger_schema = ? AND trigger_name = ?", r.database, k.name)
		return len(of) > 0 && slices.Contains(tables, of[0]), err
	default:
		return false, nil
	}
}

func (r *reader) object(ctx context.Context, k key, definition string) (state, error) {
	if k.kind == "database" {
		settings, err := r.settings(ctx, k)
		return state{definition: "database", settings: settings}, err
	}
	shown, err := r.show(ctx, k)
	if err != nil {
		return state{}, err
	}
	if client := shown["character_set_client"]; !strings.HasPrefix(client, "utf8") {
		shown[definition] = catalogued.ReplaceAllString(shown[definition], "$1$2$3$4$5")
	}
	s := state{definition: r.normalise(k.kind, shown[definition])}
	if s.settings, err = r.settings(ctx, k); err != nil {
		return state{}, err
	}
	for _, name := range []string{"sql_mode", "character_set_client", "collation_connection", "Database Collation", "time_zone"} {
		if value, ok := shown[name]; ok {
			s.settings[name] = value
		}
	}
	if k.kind != "table" && k.kind != "sequence" {
		return s, nil
	}
	if s.rows, err = r.count(ctx, k.name); err != nil {
		return state{}, err
	}
	s.checksum, err = r.checksum(ctx, k.name)
	return s, err
}

// show is what SHOW CREATE says. That of a table is read as the server has it, for the texts in its expressions are kept
// in character sets of their own.
func (r *reader) show(ctx context.Context, k key) (map[string]string, error) {
	query := "SHOW CREATE " + strings.ToUpper(k.kind) + " " + quote(r.database) + "." + quote(k.name)
	if k.kind != "table" {
		return row(ctx, r.conn, query)
	}
	if _, err := r.conn.ExecContext(ctx, "SET character_set_results = NULL"); err != nil {
		return nil, err
	}
	shown, err := row(ctx, r.conn, query)
	_, backErr := r.conn.ExecContext(ctx, "SET character_set_results = utf8mb4")
	return shown, errors.Join(err, backErr)
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
