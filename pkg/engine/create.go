package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"overmind/pkg/fault"
)

// placing is how the definitions of a source database become those of a schema on the target.
type placing struct {
	from, to string          // the database's name in definitions, before and after
	keep     map[string]bool // definers that are kept; all others become the creating account
	asBefore bool            // events keep their status
	passing  bool            // only to see whether the target takes them: nothing is refused for the name of the database

	collation string // the default of to; empty = what it is when the first object is made

	replace bool            // what has a routine's or an event's name goes first
	done    map[string]bool // labels of the objects that are made already; nil = it is not kept
}

// statement rewrites one definition for its new place.
func (p placing) statement(o object) (string, error) {
	d := o.dialect()
	text, err := retarget(string(o.SQL), p.from, p.to, d)
	if err != nil && p.passing {
		text, err = relocate(o, p.from, p.to), nil
	}
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "ambiguous_name", "%s cannot be copied to a database of another name: %v.", o.label(), err)
	}
	if definer, ok := definerOf(text, d); ok && !p.keep[definer] {
		text = withoutDefiner(text, d)
	}
	if o.Kind == kindEvent && !p.asBefore {
		text = disabled(text, d)
	}
	if o.Kind == kindView {
		text = strings.Replace(text, "CREATE ", "CREATE OR REPLACE ", 1)
	} else if tokens := lex(text, d); len(tokens) > 0 && tokens[len(tokens)-1].text == ";" {
		text += " /**/" // MySQL keeps a body's last semicolon, but takes it off the end of what is sent
	}
	return text, nil
}

// definerOf is the account in a definition's DEFINER clause, as user@host; a role of MariaDB has an empty host.
func definerOf(definition string, d dialect) (string, bool) {
	tokens := lex(definition, d)
	start, end, ok := definerClause(tokens)
	if !ok {
		return "", false
	}
	var parts []string
	for _, i := range significantFrom(tokens[:end], start+2) {
		t := tokens[i]
		switch {
		case t.kind == tokenString && len(t.text) > 1:
			parts = append(parts, t.text[1:len(t.text)-1])
		case t.name() != "":
			parts = append(parts, t.name())
		}
	}
	if len(parts) == 1 {
		parts = append(parts, "")
	}
	return strings.Join(parts, "@"), len(parts) > 0
}

// disabled makes a CREATE EVENT create the event switched off. Servers always show whether it is on; where one does not,
// the target refuses what comes out if it would be switched on.
func disabled(definition string, d dialect) string {
	tokens := lex(definition, d)
	preserved := false
	for i, t := range tokens {
		switch {
		case t.is("PRESERVE"):
			preserved = true
		case t.is("DO"):
			tokens[i].text = "DISABLE " + t.text
			return joinTokens(tokens)
		case preserved && t.is("ENABLE"):
			tokens[i].text = "DISABLE"
			return joinTokens(tokens)
		case preserved && t.is("DISABLE"):
			next := significantFrom(tokens, i+1)
			if len(next) > 1 && tokens[next[0]].is("ON") { // … ON SLAVE, … ON REPLICA
				tokens = append(tokens[:i+1:i+1], tokens[next[1]+1:]...)
			}
			return joinTokens(tokens)
		}
	}
	return joinTokens(tokens)
}

// createObjects creates definitions in a schema. Functions come before views; views are tried until no more can be
// created, because they may use each other in any order.
func createObjects(ctx context.Context, conn *sql.Conn, objects []object, p placing) error {
	if _, err := conn.ExecContext(ctx, "USE "+Ident(p.to)); err != nil {
		return err
	}
	defer resetSession(context.WithoutCancel(ctx), conn)
	if p.collation == "" {
		if err := conn.QueryRowContext(ctx, "SELECT @@collation_database").Scan(&p.collation); err != nil {
			return err
		}
	}
	var views []object
	for _, o := range objects {
		if o.Kind == kindView {
			views = append(views, o)
		} else if o.Kind == kindFunction || o.Kind == kindProcedure {
			if err := create(ctx, conn, o, p); err != nil {
				return err
			}
		}
	}
	if err := createViews(ctx, conn, views, p); err != nil {
		return err
	}
	for _, o := range objects {
		if o.Kind == kindTrigger || o.Kind == kindEvent {
			if err := create(ctx, conn, o, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func createViews(ctx context.Context, conn *sql.Conn, views []object, p placing) error {
	for len(views) > 0 {
		var left []object
		var failures []error
		for _, v := range views {
			err := create(ctx, conn, v, p)
			switch {
			case err != nil && (passing(err) || ctx.Err() != nil):
				return err
			case err != nil:
				left, failures = append(left, v), append(failures, err)
			}
		}
		if len(left) == len(views) {
			return errors.Join(failures...)
		}
		views = left
	}
	return nil
}

// objectFailed is the code for a definition that the target does not take.
const objectFailed = "object_failed"

func create(ctx context.Context, conn *sql.Conn, o object, p placing) error {
	if p.done[o.label()] {
		return nil
	}
	text, err := p.statement(o)
	if err != nil {
		return err
	}
	if p.replace && o.Kind != kindView && o.Kind != kindTrigger {
		if err := p.remove(ctx, conn, o); err != nil {
			return err
		}
	}
	if err := setContext(ctx, conn, o); err != nil {
		return fault.Wrap(err, fault.Invalid, objectFailed, "The session settings of %s do not exist on the target: %s.", o.label(), serverText(err))
	}
	err = p.execute(ctx, conn, o, text)
	if err == nil && o.Kind == kindEvent {
		err = p.anyway(ctx, conn, o, text)
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, objectFailed, "The target does not accept %s: %s.", o.label(), serverText(err))
	}
	if p.done != nil {
		p.done[o.label()] = true
	}
	return nil
}

// remove drops what has the name of o, which the session would not say rightly in the settings of another object.
func (p placing) remove(ctx context.Context, conn *sql.Conn, o object) error {
	if _, err := conn.ExecContext(ctx, ourCharset); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, dropStatement(p.to, o))
	return err
}

// anyway makes an event whose time has passed, which a server only notes (1588) that it has not made: at a time before.
func (p placing) anyway(ctx context.Context, conn *sql.Conn, o object, text string) error {
	there, err := p.hasEvent(ctx, conn, o)
	if err != nil || there {
		return err
	}
	if _, err := conn.ExecContext(ctx, "SET timestamp = 86400"); err != nil {
		return err
	}
	err = p.execute(ctx, conn, o, text)
	_, backErr := conn.ExecContext(context.WithoutCancel(ctx), "SET timestamp = DEFAULT")
	if err := errors.Join(err, backErr); err != nil {
		return err
	}
	if there, err = p.hasEvent(ctx, conn, o); err == nil && !there {
		err = errors.New("it took the definition and made no event")
	}
	return err
}

// hasEvent asks in bytes: the session has the settings of the event's own client.
func (p placing) hasEvent(ctx context.Context, conn *sql.Conn, o object) (there bool, err error) {
	err = conn.QueryRowContext(ctx, fmt.Sprintf("SELECT COUNT(*) > 0 FROM information_schema.EVENTS WHERE EVENT_SCHEMA = _utf8mb4 X'%x' AND EVENT_NAME = _utf8mb4 X'%x'", p.to, o.Name)).Scan(&there)
	return there, err
}

// execute makes an object. A server notes with it the default collation that its database has at this moment, which
// decides what its texts are; so the database gets that of the object for as long.
func (p placing) execute(ctx context.Context, conn *sql.Conn, o object, text string) error {
	if o.Database == "" || o.Database == p.collation {
		_, err := conn.ExecContext(ctx, text)
		return err
	}
	become := "ALTER DATABASE " + Ident(p.to) + " COLLATE "
	if _, err := conn.ExecContext(ctx, become+Ident(o.Database)); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, text)
	_, backErr := conn.ExecContext(context.WithoutCancel(ctx), become+Ident(p.collation))
	return errors.Join(err, backErr)
}

// setContext gives the session the sql_mode, character set, collation and time zone an object was made with.
func setContext(ctx context.Context, conn *sql.Conn, o object) error {
	client, collation := o.Client, o.Collation
	if client == "" {
		client, collation = "utf8mb4", "utf8mb4_general_ci"
	}
	if _, err := conn.ExecContext(ctx, "SET character_set_client = "+Ident(client)+", collation_connection = "+Ident(collation)); err != nil {
		return err
	}
	zone := o.TimeZone
	if zone == "" {
		zone = "+00:00"
	}
	if _, err := conn.ExecContext(ctx, "SET time_zone = "+literal(zone)); err != nil {
		return err
	}
	return setMode(ctx, conn, o.SQLMode)
}

// setMode sets a sql_mode; the parts that this server does not know are left out, and ANSI where this server takes more
// by it than the parts that are listed beside it.
func setMode(ctx context.Context, conn *sql.Conn, mode string) error {
	_, err := conn.ExecContext(ctx, "SET sql_mode = "+literal(mode))
	if !ServerSaid(err, 1231, 3090) {
		if err != nil || !slices.Contains(strings.Split(mode, ","), "ANSI") || strings.Contains(mode, fullGroupBy) {
			return err
		}
		return withoutMore(ctx, conn, mode)
	}
	var known []string
	for part := range strings.SplitSeq(mode, ",") {
		if _, err := conn.ExecContext(ctx, "SET sql_mode = "+literal(part)); err == nil {
			known = append(known, part)
		} else if !ServerSaid(err, 1231, 3090) {
			return err
		}
	}
	return setMode(ctx, conn, strings.Join(known, ","))
}

const fullGroupBy = "ONLY_FULL_GROUP_BY" // which MySQL's ANSI brings along and MariaDB's does not

func withoutMore(ctx context.Context, conn *sql.Conn, mode string) error {
	var made string
	if err := conn.QueryRowContext(ctx, "SELECT @@sql_mode").Scan(&made); err != nil || !strings.Contains(made, fullGroupBy) {
		return err
	}
	parts := slices.DeleteFunc(strings.Split(mode, ","), func(part string) bool { return part == "ANSI" })
	_, err := conn.ExecContext(ctx, "SET sql_mode = "+literal(strings.Join(parts, ",")))
	return err
}

// resetSession gives the session back our own settings of what setContext changes.
func resetSession(ctx context.Context, conn *sql.Conn) {
	for _, statement := range []string{ourCharset, ourMode} {
		_, _ = conn.ExecContext(ctx, statement) // a session that fails here fails at its next statement too
	}
}

// literal quotes a string for SQL whatever the sql_mode and the character set of the connection are, which may have no
// ASCII in it: it is meant for settings, not for data.
func literal(s string) string {
	return "_utf8mb4'" + strings.NewReplacer("'", "''", `\`, "").Replace(s) + "'"
}

// dropStatement removes one object.
func dropStatement(schema string, o object) string {
	return fmt.Sprintf("DROP %s IF EXISTS %s", strings.ToUpper(string(o.Kind)), QName(schema, o.Name))
}
