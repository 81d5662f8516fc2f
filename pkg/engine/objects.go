package engine

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"overmind/pkg/fault"
)

// kind is the kind of a schema object as Plan writes it.
type kind string

const (
	kindTable     kind = "table"
	kindView      kind = "view"
	kindTrigger   kind = "trigger"
	kindFunction  kind = "function"
	kindProcedure kind = "procedure"
	kindEvent     kind = "event"
)

// object is the definition of one view, trigger, routine or event with the session context it was made in. SQL is in
// the character set Client, as the server keeps it.
type object struct {
	Kind      kind   `json:"kind"`
	Name      string `json:"name"`
	Table     string `json:"table,omitempty"` // of a trigger
	SQL       []byte `json:"sql"`
	SQLMode   string `json:"sql_mode"`
	Client    string `json:"character_set_client"`
	Collation string `json:"collation_connection"`
	TimeZone  string `json:"time_zone,omitempty"`          // of an event
	Database  string `json:"database_collation,omitempty"` // default of the database it was made in, where that is another now
	Caseless  bool   `json:"caseless,omitempty"`           // its server does not tell names of databases apart by case
}

func (o object) dialect() dialect {
	d := dialectOf(o.SQLMode, o.Client)
	d.caseless, d.printed = o.Caseless, o.Kind == kindView
	return d
}

func (o object) label() string { return string(o.Kind) + " " + o.Name }

// contents are the names of what a database holds, in the order in which they can be created.
type contents struct {
	tables   []PlannedTable
	views    []string
	triggers []trigger
	routines []routine
	events   []string
	others   []string // kinds that are not copied: `sequence s`, `package p`
}

type trigger struct{ name, table string }
type routine struct {
	kind kind
	name string
}

// labels lists all objects as Plan.Replaces writes them.
func (c contents) labels() []string {
	var list []string
	for _, t := range c.tables {
		list = append(list, string(kindTable)+" "+t.Name)
	}
	for _, v := range c.views {
		list = append(list, string(kindView)+" "+v)
	}
	for _, t := range c.triggers {
		list = append(list, string(kindTrigger)+" "+t.name)
	}
	for _, r := range c.routines {
		list = append(list, string(r.kind)+" "+r.name)
	}
	for _, e := range c.events {
		list = append(list, string(kindEvent)+" "+e)
	}
	return append(list, c.others...)
}

// readContents lists what the account can see in a database.
func readContents(ctx context.Context, db queryer, database string) (contents, error) {
	var c contents
	err := eachRow(ctx, db, `SELECT TABLE_NAME, TABLE_TYPE, COALESCE(TABLE_ROWS, 0), COALESCE(DATA_LENGTH, 0)
		FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME`, database, func(scan func(...any) error) error {
		var t PlannedTable
		var tableType string
		if err := scan(&t.Name, &tableType, &t.Rows, &t.Bytes); err != nil {
			return err
		}
		switch tableType {
		case "BASE TABLE", "SYSTEM VERSIONED":
			c.tables = append(c.tables, t)
		case "VIEW":
			c.views = append(c.views, t.Name)
		default:
			c.others = append(c.others, strings.ToLower(tableType)+" "+t.Name)
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	libraries, err := column(ctx, db, "SELECT LIBRARY_NAME FROM information_schema.LIBRARIES WHERE LIBRARY_SCHEMA = ? ORDER BY LIBRARY_NAME", database)
	if err != nil && !ServerSaid(err, 1109) { // most servers have no such objects
		return c, err
	}
	for _, name := range libraries {
		c.others = append(c.others, "library "+name)
	}
	err = c.readPrograms(ctx, db, database)
	return c, err
}

// readPrograms lists the triggers, routines and events. MariaDB lists with them those of a database whose name differs in
// case or accents only.
func (c *contents) readPrograms(ctx context.Context, db queryer, database string) error {
	var schema string
	var caseless bool
	err := eachRow(ctx, db, `SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, TRIGGER_SCHEMA, @@lower_case_table_names <> 0 FROM information_schema.TRIGGERS
		WHERE TRIGGER_SCHEMA = ? ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER`, database, func(scan func(...any) error) error {
		var t trigger
		err := scan(&t.name, &t.table, &schema, &caseless)
		if caseless || schema == database {
			c.triggers = append(c.triggers, t)
		}
		return err
	})
	if err != nil {
		return err
	}
	err = eachRow(ctx, db, `SELECT ROUTINE_TYPE, ROUTINE_NAME, ROUTINE_SCHEMA, @@lower_case_table_names <> 0 FROM information_schema.ROUTINES
		WHERE ROUTINE_SCHEMA = ? ORDER BY ROUTINE_TYPE, ROUTINE_NAME`, database, func(scan func(...any) error) error {
		var routineType, name string
		err := scan(&routineType, &name, &schema, &caseless)
		switch {
		case !caseless && schema != database:
		case routineType == "FUNCTION":
			c.routines = append(c.routines, routine{kindFunction, name})
		case routineType == "PROCEDURE":
			c.routines = append(c.routines, routine{kindProcedure, name})
		default:
			c.others = append(c.others, strings.ToLower(routineType)+" "+name)
		}
		return err
	})
	if err != nil {
		return err
	}
	return eachRow(ctx, db, `SELECT EVENT_NAME, EVENT_SCHEMA, @@lower_case_table_names <> 0 FROM information_schema.EVENTS
		WHERE EVENT_SCHEMA = ? ORDER BY EVENT_NAME`, database, func(scan func(...any) error) error {
		var event string
		err := scan(&event, &schema, &caseless)
		if caseless || schema == database {
			c.events = append(c.events, event)
		}
		return err
	})
}

func eachRow(ctx context.Context, db queryer, query, database string, row func(scan func(...any) error) error) error {
	rows, err := db.QueryContext(ctx, query, database)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// definitions reads objects by SHOW CREATE in the bytes the server keeps. It needs a session of its own, because it
// changes the session's database and result character set.
func definitions(ctx context.Context, db *sql.DB, database string, c contents) ([]object, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer discard(conn)
	for _, statement := range []string{"USE " + Ident(database), "SET character_set_results = NULL"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	var now string
	var caseless bool
	if err := conn.QueryRowContext(ctx, "SELECT @@collation_database, @@lower_case_table_names <> 0").Scan(&now, &caseless); err != nil {
		return nil, err
	}
	var wanted []object
	for _, r := range c.routines {
		wanted = append(wanted, object{Kind: r.kind, Name: r.name})
	}
	for _, v := range c.views {
		wanted = append(wanted, object{Kind: kindView, Name: v})
	}
	for _, t := range c.triggers {
		wanted = append(wanted, object{Kind: kindTrigger, Name: t.name, Table: t.table})
	}
	for _, e := range c.events {
		wanted = append(wanted, object{Kind: kindEvent, Name: e})
	}
	for i := range wanted {
		if err := wanted[i].read(ctx, conn); err != nil {
			return nil, fmt.Errorf("%s: %w", wanted[i].label(), err)
		}
		if err := wanted[i].checkShown(database); err != nil {
			return nil, err
		}
		if wanted[i].Database == now {
			wanted[i].Database = ""
		}
		wanted[i].Caseless = caseless
	}
	return wanted, nil
}

var definitionColumn = map[kind]string{
	kindView: "Create View", kindTrigger: "SQL Original Statement", kindFunction: "Create Function",
	kindProcedure: "Create Procedure", kindEvent: "Create Event", kindTable: "Create Table",
}

func (o *object) read(ctx context.Context, conn queryer) error {
	row, err := showCreate(ctx, conn, o.Kind, Ident(o.Name))
	if err != nil {
		return err
	}
	if row[definitionColumn[o.Kind]] == "" {
		return fault.New(fault.Invalid, "missing_grant", "The account may not read the definition of %s.", o.label())
	}
	o.SQL = []byte(row[definitionColumn[o.Kind]])
	o.SQLMode, o.Client, o.Collation, o.TimeZone, o.Database = row["sql_mode"], row["character_set_client"], row["collation_connection"], row["time_zone"], row["Database Collation"]
	o.nameTable()
	o.unescape()
	return o.inClient(ctx, conn)
}

// nameTable writes the table of a trigger as it is kept: a server that does not tell names apart by case shows it as it
// was written.
func (o *object) nameTable() {
	tokens := lex(string(o.SQL), dialectOf(o.SQLMode, ""))
	row := slices.IndexFunc(tokens, func(t token) bool { return t.is("FOR") })
	if o.Kind != kindTrigger || row < 0 {
		return
	}
	if _, at := neighbourAt(tokens, row, -1); at >= 0 && tokens[at].name() != o.Table && strings.EqualFold(tokens[at].name(), o.Table) {
		tokens[at].text = Ident(o.Table)
		o.SQL = []byte(joinTokens(tokens))
	}
}

// unescape writes the texts that a server shows from its catalogue, such as the comment of a routine, as the sql_mode of
// the object reads them: they are shown with backslashes whatever that is.
func (o *object) unescape() {
	d := dialectOf(o.SQLMode, "") // what stands around the body is in UTF-8
	if !d.noBackslashEscapes {
		return
	}
	tokens := lex(string(o.SQL), d)
	for _, i := range o.fromCatalogue(tokens) {
		if tokens[i].kind == tokenString {
			tokens[i].text = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r", `\0`, "\x00").Replace(tokens[i].text)
		}
	}
	o.SQL = []byte(joinTokens(tokens))
}

// showCreate runs SHOW CREATE and returns its row by column name; NULL is "".
func showCreate(ctx context.Context, db queryer, k kind, quotedName string) (map[string]string, error) {
	rows, err := db.QueryContext(ctx, "SHOW CREATE "+strings.ToUpper(string(k))+" "+quotedName)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, targets := make([]sql.NullString, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	row := make(map[string]string, len(names))
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		for i, name := range names {
			row[name] = values[i].String
		}
	}
	return row, rows.Err()
}

// tableDefinition is the CREATE TABLE of a table, without its schema.
func tableDefinition(ctx context.Context, db queryer, database, table string) (string, error) {
	row, err := showCreate(ctx, db, kindTable, QName(database, table))
	if err != nil {
		return "", fmt.Errorf("table %s: %w", table, err)
	}
	definition, err := withEscapedKeys(ctx, db, database, table, withoutFormats(row[definitionColumn[kindTable]]))
	if err != nil {
		return "", fmt.Errorf("table %s: %w", table, err)
	}
	if err := checkShownTable(table, definition); err != nil {
		return "", err
	}
	return withReferenceSystems(ctx, db, database, table, definition)
}

// discard closes a session for good instead of giving it back to the pool with its settings changed.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return errDiscard })
	_ = conn.Close()
}
