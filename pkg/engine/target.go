package engine

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"overmind/pkg/fault"
)

// targetState is what stands on the target where the copy goes.
type targetState struct {
	exists    bool
	defaults  schemaDefaults
	replaced  contents
	kept      []string
	otherKind []string // names that a different kind of object has
}

// readTarget compares what a plan brings with what the target database holds.
func readTarget(ctx context.Context, db queryer, database string, brings contents) (targetState, error) {
	var s targetState
	var err error
	if s.exists, err = schemaExists(ctx, db, database); err != nil || !s.exists {
		return s, err
	}
	if s.defaults, err = readSchemaDefaults(ctx, db, database); err != nil {
		return s, err
	}
	there, err := readContents(ctx, db, database)
	if err != nil {
		return s, err
	}
	same, err := namesakes(ctx, db, database, there, brings)
	if err != nil {
		return s, err
	}
	s.meet(there, brings, same)
	return s, nil
}

// namesakes are the labels of those triggers, routines and events of the target whose names are brought. Servers take
// names for one that differ in case or accents, so that one would replace the other: the target decides. Of triggers,
// which MariaDB keeps in files, it may name more than it would replace.
func namesakes(ctx context.Context, db queryer, database string, there, brings contents) (map[string]bool, error) {
	const inRoutines = "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? AND ROUTINE_TYPE = '%s' AND ROUTINE_NAME"
	queries := map[kind]string{
		kindTrigger:   "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? AND TRIGGER_NAME",
		kindFunction:  fmt.Sprintf(inRoutines, "FUNCTION"),
		kindProcedure: fmt.Sprintf(inRoutines, "PROCEDURE"),
		kindEvent:     "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ? AND EVENT_NAME",
	}
	same, has, names := map[string]bool{}, there.programs(), brings.programs()
	for k, query := range queries {
		if len(has[k]) == 0 || len(names[k]) == 0 {
			continue
		}
		args := []any{database}
		for _, name := range names[k] {
			args = append(args, name)
		}
		found, err := column(ctx, db, query+" IN (?"+strings.Repeat(", ?", len(names[k])-1)+")", args...)
		if err != nil {
			return nil, err
		}
		for _, name := range found {
			same[string(k)+" "+name] = true
		}
	}
	return same, nil
}

// programs are the names of triggers, routines and events by their kind.
func (c contents) programs() map[kind][]string {
	names := map[kind][]string{kindEvent: c.events}
	for _, t := range c.triggers {
		names[kindTrigger] = append(names[kindTrigger], t.name)
	}
	for _, r := range c.routines {
		names[r.kind] = append(names[r.kind], r.name)
	}
	return names
}

// meet sorts what is there by what becomes of it.
func (s *targetState) meet(there, brings contents, same map[string]bool) {
	tables, views := map[string]bool{}, map[string]bool{}
	for _, t := range brings.tables {
		tables[t.Name] = true
	}
	for _, v := range brings.views {
		views[v] = true
	}
	var kept contents
	for _, t := range there.tables {
		switch {
		case tables[t.Name]:
			s.replaced.tables = append(s.replaced.tables, t)
		case views[t.Name]:
			s.otherKind = append(s.otherKind, "table "+t.Name)
		default:
			kept.tables = append(kept.tables, t)
		}
	}
	for _, v := range there.views {
		switch {
		case views[v]:
			s.replaced.views = append(s.replaced.views, v)
		case tables[v]:
			s.otherKind = append(s.otherKind, "view "+v)
		default:
			kept.views = append(kept.views, v)
		}
	}
	for _, t := range there.triggers {
		switch {
		case tables[t.table]: // goes with its table, whatever its name is
			s.replaced.triggers = append(s.replaced.triggers, t)
		case same[string(kindTrigger)+" "+t.name]:
			s.otherKind = append(s.otherKind, "trigger "+t.name+" (of table "+t.table+")")
		default:
			kept.triggers = append(kept.triggers, t)
		}
	}
	for _, r := range there.routines {
		if same[string(r.kind)+" "+r.name] {
			s.replaced.routines = append(s.replaced.routines, r)
		} else {
			kept.routines = append(kept.routines, r)
		}
	}
	for _, e := range there.events {
		if same[string(kindEvent)+" "+e] {
			s.replaced.events = append(s.replaced.events, e)
		} else {
			kept.events = append(kept.events, e)
		}
	}
	for _, o := range there.others {
		if name, ok := strings.CutPrefix(o, "sequence "); ok && (tables[name] || views[name]) { // which share their names
			s.otherKind = append(s.otherKind, o)
		} else {
			kept.others = append(kept.others, o)
		}
	}
	s.kept = kept.labels()
}

// schemaDefaults are what a database gives to the tables that are made in it.
type schemaDefaults struct {
	Charset   string `json:"charset"`
	Collation string `json:"collation"`
	Encrypted bool   `json:"encrypted,omitempty"`
	Comment   string `json:"comment,omitempty"`
}

// CommentsDatabases tells whether a server's databases have comments.
func (s Server) CommentsDatabases() bool { return s.Flavour == MariaDB && AtLeast(s.Version, 10, 5) }

// EncryptsDatabases tells whether a server's databases have a default for the encryption of their tables.
func (s Server) EncryptsDatabases() bool { return s.Flavour == MySQL && AtLeast(s.Version, 8, 0, 16) }

func readSchemaDefaults(ctx context.Context, db queryer, database string) (schemaDefaults, error) {
	var d schemaDefaults
	err := db.QueryRowContext(ctx, "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", database).
		Scan(&d.Charset, &d.Collation)
	if err != nil {
		return d, err
	}
	err = db.QueryRowContext(ctx, "SELECT DEFAULT_ENCRYPTION = 'YES' FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", database).Scan(&d.Encrypted)
	if err != nil && !ServerSaid(err, 1054) { // of a server that encrypts no databases
		return d, err
	}
	err = db.QueryRowContext(ctx, "SELECT SCHEMA_COMMENT FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", database).Scan(&d.Comment)
	if ServerSaid(err, 1054) { // of a server whose databases have none
		err = nil
	}
	return d, err
}

// create makes a database with them. It falls back to the character set's own collation where the target does not know the
// wanted one.
func (d schemaDefaults) create(ctx context.Context, conn *sql.Conn, name string) error {
	options := ""
	if d.Encrypted {
		options = " ENCRYPTION 'Y'"
	}
	if d.Comment != "" {
		options += " COMMENT '" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(d.Comment) + "'"
	}
	create := "CREATE DATABASE " + Ident(name) + " CHARACTER SET " + Ident(d.Charset)
	_, err := conn.ExecContext(ctx, create+" COLLATE "+Ident(d.Collation)+options)
	if ServerSaid(err, 1273) {
		_, err = conn.ExecContext(ctx, create+options)
	}
	if ServerSaid(err, 1044, 1227) {
		return fault.Wrap(err, fault.Invalid, "missing_grant", "The load account may not create schema %s.", name)
	}
	return err
}

// conflicts are what would be replaced although it must not be: a replaced trigger counts by its table.
func (s targetState) conflicts() []string {
	withoutTriggers := s.replaced
	withoutTriggers.triggers = nil
	return withoutTriggers.labels()
}

// digest hashes definitions; rows, counters and whether an event is switched on do not change it.
func digest(ctx context.Context, db *sql.DB, database string, replaced contents) (string, error) {
	if len(replaced.labels()) == 0 {
		return "", nil
	}
	hash := sha256.New()
	tables, err := tableDefinitions(ctx, db, database, replaced.tables)
	if err != nil {
		return "", err
	}
	for _, definition := range tables {
		hash.Write([]byte(withoutCounter(definition) + "\x00"))
	}
	objects, err := definitions(ctx, db, database, replaced)
	if err != nil {
		return "", err
	}
	for _, o := range objects {
		definition := string(o.SQL)
		if o.Kind == kindEvent {
			definition = disabled(definition, o.dialect())
		}
		hash.Write([]byte(o.label() + "\x00" + definition + "\x00"))
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// withoutCounter takes the table option AUTO_INCREMENT=n out of a CREATE TABLE.
func withoutCounter(definition string) string {
	tokens := lex(definition, dialect{})
	if i := counterOption(tokens); i >= 0 {
		return strings.TrimRight(joinTokens(tokens[:i]), " ") + joinTokens(tokens[i+3:])
	}
	return definition
}

// counterOf is the n of the table option AUTO_INCREMENT=n; 0 where there is none.
func counterOf(definition string) uint64 {
	tokens := lex(definition, dialect{})
	i := counterOption(tokens)
	if i < 0 {
		return 0
	}
	n, _ := strconv.ParseUint(tokens[i+2].text, 10, 64)
	return n
}

func counterOption(tokens []token) int {
	for i := range tokens {
		if i+2 < len(tokens) && tokens[i].is("AUTO_INCREMENT") && tokens[i+1].text == "=" {
			return i
		}
	}
	return -1
}
