package engine

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"overmind/pkg/fault"
)

// ListStaging lists the schemas that Overmind has left on a server, those of runs in progress included.
func (e *Engine) ListStaging(ctx context.Context, target Endpoint) ([]StagingSchema, error) {
	db, err := connect(ctx, target)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT s.SCHEMA_NAME, COUNT(t.TABLE_NAME), COALESCE(SUM(t.DATA_LENGTH + t.INDEX_LENGTH), 0)
		FROM information_schema.SCHEMATA s LEFT JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = s.SCHEMA_NAME
		WHERE s.SCHEMA_NAME LIKE '\_om\_%' GROUP BY s.SCHEMA_NAME ORDER BY s.SCHEMA_NAME`)
	if err != nil {
		return nil, connectionFault(err, target)
	}
	defer rows.Close()
	list := []StagingSchema{}
	for rows.Next() {
		var s StagingSchema
		if err := rows.Scan(&s.Name, &s.Tables, &s.Bytes); err != nil {
			return nil, err
		}
		s.Old = strings.HasSuffix(s.Name, "_old")
		if IsOwnSchema(s.Name) {
			list = append(list, s)
		}
	}
	return list, rows.Err()
}

// DropStaging drops one of them, a table at a time, so that a server in use is not held up by it. Any other name is
// refused (not_staging), and one that foreign keys of other databases lead to is kept (kept_referenced).
func (e *Engine) DropStaging(ctx context.Context, target Endpoint, schema string) error {
	if !IsOwnSchema(schema) {
		return fault.New(fault.Invalid, "not_staging", "%q is not a schema of Overmind.", schema)
	}
	db, err := connect(ctx, target)
	if err != nil {
		return err
	}
	err = e.patiently(ctx, schema, held, func() error { return dropKept(ctx, db, schema) })
	return errors.Join(failed(err, "drop_failed", ""), db.Close())
}

// dropKept removes a schema whose tables others may have come to refer to, in databases that the account does not see:
// keys follow a table that is renamed. The server does not take away what a key leads to.
func dropKept(ctx context.Context, db *sql.DB, name string) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer discard(conn)
	if err := waitForLocks(ctx, conn, swapTurn); err != nil { // for tables in use that keys of these lead to
		return err
	}
	if _, err := conn.ExecContext(ctx, "SET SESSION foreign_key_checks=1"); err != nil {
		return err
	}
	tables, err := column(ctx, conn, tablesOf, name)
	for some := true; some && err == nil; { // until only those are left that keys lead to
		before := len(tables)
		tables, err = dropFree(ctx, conn, name, tables)
		some = len(tables) < before
	}
	if err == nil { // which removes those that refer to each other
		_, err = conn.ExecContext(ctx, "DROP DATABASE IF EXISTS "+Ident(name))
	}
	if !referred(err) {
		return err
	}
	keys, _, listErr := IncomingKeys(ctx, conn, name)
	return fault.Wrap(errors.Join(err, listErr), fault.Conflict, "kept_referenced",
		"Foreign keys of other databases lead to tables of schema %s, so it is kept: %s. Let them lead to the new tables, then drop it. Those that the account sees: %q.",
		name, strings.TrimSuffix(serverText(err), "."), slices.DeleteFunc(keys, func(k IncomingKey) bool { return k.Schema == name }))
}

// dropFree drops the tables that no key leads to and returns the others.
func dropFree(ctx context.Context, conn *sql.Conn, schema string, tables []string) (left []string, err error) {
	for _, table := range tables {
		_, err := conn.ExecContext(ctx, "DROP TABLE IF EXISTS "+QName(schema, table))
		switch {
		case referred(err):
			left = append(left, table)
		case err != nil:
			return nil, err
		}
	}
	return left, nil
}

// referred tells whether a server does not drop a table because a key leads to it.
func referred(err error) bool { return ServerSaid(err, 1217, 1451, 3730) }

const tablesOf = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE <> 'VIEW'"

// dropSessions is how many tables a clean-up drops at the same time: a server waits for its disk with each, and after a
// cancel nothing may be left for longer than five seconds.
const dropSessions = 8

// dropSchema removes a schema of ours that nobody uses any more, as fast as the server can. While somebody uses a table
// that it depends on, it is to be tried again.
func dropSchema(ctx context.Context, db *sql.DB, name string) error {
	if !IsOwnSchema(name) {
		return fault.New(fault.Invalid, "not_staging", "%q is not a schema of Overmind.", name)
	}
	there, err := schemaExists(ctx, db, name)
	if err != nil || !there {
		return err
	}
	tables, err := column(ctx, db, tablesOf, name)
	if err != nil {
		return err
	}
	conns, err := borrow(ctx, db, sessionsFor(len(tables), dropSessions))
	defer discardAll(conns)
	for _, conn := range conns {
		if err == nil {
			err = waitForLocks(ctx, conn, swapTurn) // for tables in use that keys of these lead to
		}
	}
	if err != nil {
		return err
	}
	err = spread(ctx, conns, len(tables), func(ctx context.Context, conn *sql.Conn, i int) error {
		for {
			_, err := conn.ExecContext(ctx, "DROP TABLE IF EXISTS "+QName(name, tables[i]))
			if !ServerSaid(err, 1213) { // two that a foreign key joins may wait for each other; one of them goes on
				return err
			}
		}
	})
	if err != nil {
		return err
	}
	_, err = conns[0].ExecContext(ctx, "DROP DATABASE IF EXISTS "+Ident(name))
	return err
}
