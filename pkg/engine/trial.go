package engine

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"overmind/pkg/fault"
)

// perDrop is how many tables one statement drops.
const perDrop = 100

// try makes tables as they stand once their rows are in, and drops them again: the target must refuse a key now.
func (r *run) try(ctx context.Context, conns []*sql.Conn) error {
	tables := r.tried()
	err := spread(ctx, conns, len(tables), func(ctx context.Context, conn *sql.Conn, i int) error {
		whole, err := splitTable(tables[i].translated, false)
		if err != nil {
			return err
		}
		return tables[i].make(ctx, conn, whole.create)
	})
	for _, t := range tables {
		if err == nil {
			err = r.refer(ctx, conns[0], t, DefinitionRefused)
		}
	}
	if err != nil {
		return err
	}
	for some := range slices.Chunk(tables, perDrop) {
		var names []string
		for _, t := range some {
			names = append(names, Ident(t.name))
		}
		if err := r.inTurns(ctx, conns[0], "DROP TABLE "+strings.Join(names, ", ")); err != nil {
			return err
		}
	}
	return nil
}

// tried are the tables with foreign keys and those that they refer to; where the target is another kind of server, also
// those with deferred keys.
func (r *run) tried() []*stagedTable {
	joined := map[string]bool{}
	for _, t := range r.tables {
		for _, f := range t.ddl.foreign {
			joined[t.name], joined[f.parent] = true, true
		}
	}
	var tables []*stagedTable
	for _, t := range r.tables {
		if joined[t.name] || len(t.ddl.keys) > 0 && !r.translation.same() {
			tables = append(tables, t)
		}
	}
	return tables
}

// viewInvalid tells whether an error of a query over a view says that the view cannot be used: it refers to what is not
// there, by what the server itself has made of its names too, or its definer may not use it.
func viewInvalid(err error) bool { return ServerSaid(err, 1052, 1054, 1247, 1356) }

// tryViews uses views of the staging schema: a server may take a definition and not be able to use what it has made of
// it. A definer that is kept need not have rights in that schema, so where one fails, all are made anew with the rights
// of the load account; where that may not be, nothing is known.
func tryViews(ctx context.Context, conn *sql.Conn, objects []object, trial placing) error {
	views := slices.DeleteFunc(slices.Clone(objects), func(o object) bool { return o.Kind != kindView })
	err := useViews(ctx, conn, views, trial.to)
	if !viewInvalid(err) {
		return err
	}
	trial.keep = nil
	if err := createObjects(ctx, conn, views, trial); err != nil {
		if lost(err) || ctx.Err() != nil {
			return err
		}
		return nil
	}
	err = useViews(ctx, conn, views, trial.to)
	if viewInvalid(err) {
		return fault.Wrap(err, fault.Invalid, DefinitionRefused, "The target takes the definition of a view, but cannot use it: %s.", serverText(err))
	}
	return err
}

// useViews prepares a query of each view, which reads nothing; to explain one, MySQL may run parts of it. The first one
// that is not valid is the error; what else may be wrong with one is the same where it comes from.
func useViews(ctx context.Context, conn *sql.Conn, views []object, schema string) error {
	for _, v := range views {
		err := Prepare(ctx, conn, "SELECT * FROM "+QName(schema, v.Name))
		if viewInvalid(err) || err != nil && (lost(err) || ctx.Err() != nil) {
			return err
		}
	}
	return nil
}
