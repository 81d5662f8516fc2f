package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"overmind/pkg/engine/native"
	"overmind/pkg/fault"
)

// deferFrom is the number of rows (an estimate) from which secondary keys are built after the rows are in: below it
// the second statement costs more than it saves. Tests defer always.
var deferFrom int64 = 20_000

// Codes of a Copy that ends, with the target as it was, because the target cannot hold an exact copy.
const (
	// DefinitionRefused is for a definition that the target only refuses when it executes it, which preflight never
	// does; it comes before any row is moved.
	DefinitionRefused = "definition_refused"
	// ComputedDifferently is for a generated column or a CHECK that the two servers compute differently.
	ComputedDifferently = native.ComputedDifferently
)

// Inexact tells whether a Copy ended because the target cannot hold an exact copy.
func Inexact(err error) bool {
	return slices.Contains([]string{DefinitionRefused, ComputedDifferently, native.ValueChanged, native.ValueNotOnTarget}, fault.As(err).Code)
}

// stage makes the staging schema with empty tables, without foreign keys, triggers and deferred keys.
func (r *run) stage(ctx context.Context) error {
	conns, err := sessions(ctx, r.target, r.spec.Limits.movers(sessionsFor(len(r.tables), makingSessions)), r.sessions.target)
	defer discardAll(conns)
	if err != nil {
		return err
	}
	if err := r.createSchema(ctx, conns[0], r.names.Staging); err != nil {
		return err
	}
	for _, conn := range conns {
		if _, err := conn.ExecContext(ctx, "USE "+Ident(r.names.Staging)); err != nil {
			return err
		}
	}
	if err := r.try(ctx, conns); err != nil {
		return err
	}
	return spread(ctx, conns, len(r.tables), func(ctx context.Context, conn *sql.Conn, i int) error {
		t := r.tables[i]
		if err := t.make(ctx, conn, t.statements()...); err != nil {
			return err
		}
		r.progress.follow(t.name, t.moved(), len(t.ddl.keys))
		return nil
	})
}

// make executes what makes a table.
func (t *stagedTable) make(ctx context.Context, conn *sql.Conn, statements ...string) error {
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			if lost(err) || ctx.Err() != nil {
				return err
			}
			return fault.Wrap(err, fault.Invalid, DefinitionRefused, "The target does not take the definition of table %s: %s.", t.name, serverText(err))
		}
	}
	return nil
}

// statements make the table without its deferred keys.
func (t *stagedTable) statements() []string {
	list := []string{t.ddl.create}
	for _, column := range t.ddl.bare {
		list = append(list, "ALTER TABLE "+Ident(t.name)+" ALTER COLUMN "+Ident(column)+" DROP DEFAULT")
	}
	return list
}

// createSchema makes a schema with the defaults of the target database, or those of the source where there is none.
func (r *run) createSchema(ctx context.Context, conn *sql.Conn, name string) error {
	defaults := r.state.defaults
	if !r.state.exists {
		var err error
		if defaults, err = r.translation.schemaDefaults(ctx, r.source, r.spec.SourceDatabase); err != nil {
			return err
		}
	}
	return defaults.create(ctx, conn, name)
}

// addForeignKeys adds them all once every table has its rows and keys. Parents in the set are those in staging; others
// are those in the target database, which must exist and have the rows that are referred to.
func (r *run) addForeignKeys(ctx context.Context) error {
	conn, err := session(ctx, r.target, r.sessions.target)
	if err != nil {
		return err
	}
	defer discard(conn)
	if err := r.computeAsSource(ctx, conn); err != nil {
		return err
	}
	anew, err := r.columnsComparedAnew(ctx)
	if err != nil {
		return err
	}
	for _, t := range r.tables {
		for _, f := range t.ddl.foreign {
			schema, err := r.parentSchema(t, f)
			if err != nil {
				return err
			}
			apart := slices.ContainsFunc(f.childColumns, func(c string) bool { return anew[[2]string{t.name, c}] })
			if schema == r.spec.TargetDatabase || apart {
				if err := r.checkParent(ctx, conn, t, f, schema); err != nil {
					return err
				}
			}
		}
		if err := r.refer(ctx, conn, t, objectFailed); err != nil {
			return err
		}
	}
	return nil
}

// refer adds the foreign keys of a table. Whoever uses a table of the target that they lead to has to wait meanwhile. code
// is for those that the target does not accept.
func (r *run) refer(ctx context.Context, conn *sql.Conn, t *stagedTable, code string) error {
	var adds []string
	for _, f := range t.ddl.foreign {
		schema, err := r.parentSchema(t, f)
		if err != nil {
			return err
		}
		adds = append(adds, f.add(schema))
	}
	if len(adds) == 0 {
		return nil
	}
	err := r.inTurns(ctx, conn, "ALTER TABLE "+QName(r.names.Staging, t.name)+" "+strings.Join(adds, ", "))
	switch {
	case err == nil || lost(err) || ctx.Err() != nil:
		return err
	case ServerSaid(err, 1205, 1213):
		return fault.Wrap(err, fault.Unavailable, "parent_in_use", "The foreign keys of table %s could not be added, because a table that they refer to is in use on the target.", t.name)
	}
	return fault.Wrap(err, fault.Invalid, code, "The target does not accept the foreign keys of table %s: %s.", t.name, serverText(err))
}

func (r *run) parentSchema(t *stagedTable, f foreignKey) (string, error) {
	if f.schema != "" && f.schema != r.spec.SourceDatabase {
		return "", fault.New(fault.Invalid, "foreign_key_third_schema", "A foreign key of table %s points to %s in another database.", t.name, f.schema+"."+f.parent)
	}
	for _, other := range r.tables {
		if other.name == f.parent {
			return r.names.Staging, nil
		}
	}
	return r.spec.TargetDatabase, nil
}

// checkParent looks for rows whose parent is missing: the server does not, because its checks are off while we load.
// Where parent and child come from the source together, those that have none there do not count.
func (r *run) checkParent(ctx context.Context, conn *sql.Conn, t *stagedTable, f foreignKey, schema string) error {
	orphans, err := hasOrphans(ctx, conn, QName(r.names.Staging, t.name), QName(schema, f.parent), f)
	switch {
	case ServerSaid(err, 1146, 1049, 1054):
		if _, err := hasOrphans(ctx, r.source, QName(r.spec.SourceDatabase, t.name), QName(r.spec.SourceDatabase, f.parent), f); ServerSaid(err, 1146) {
			return nil // it has no parent on the source either
		}
		return fault.Wrap(err, fault.Invalid, "foreign_key_parent_missing", "Table %s refers to %s, which the target does not have.", t.name, f.parent)
	case err != nil || !orphans:
		return err
	case schema == r.spec.TargetDatabase:
		return fault.New(fault.Invalid, "foreign_key_orphans", "Table %s has rows whose parent in %s does not exist on the target.", t.name, f.parent)
	}
	orphans, err = hasOrphans(ctx, r.source, QName(r.spec.SourceDatabase, t.name), QName(r.spec.SourceDatabase, f.parent), f)
	if err != nil || orphans {
		return err
	}
	return fault.New(fault.Invalid, "foreign_key_orphans", "Rows of table %s lose their parent in %s, because the target compares the key under another collation.", t.name, f.parent)
}

func hasOrphans(ctx context.Context, db queryer, child, parent string, f foreignKey) (bool, error) {
	var join, present []string
	for i := range min(len(f.columns), len(f.childColumns)) {
		join = append(join, "p."+Ident(f.columns[i])+" = c."+Ident(f.childColumns[i]))
		present = append(present, "c."+Ident(f.childColumns[i])+" IS NOT NULL")
	}
	var one int
	err := db.QueryRowContext(ctx, fmt.Sprintf("SELECT 1 FROM %s c LEFT JOIN %s p ON %s WHERE %s AND p.%s IS NULL LIMIT 1",
		child, parent, strings.Join(join, " AND "), strings.Join(present, " AND "), Ident(f.columns[0]))).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
