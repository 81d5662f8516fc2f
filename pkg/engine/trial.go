package engine

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// perDrop is how many tables one statement drops.
const perDrop = 100

// try makes tables as they stand once their rows are in, and drops them again: the target must refuse a key now.
func (r *run) try(ctx context.Context, conns []*sql.Conn) error {
	tables := r.tried()
	err := spread(ctx, conns, len(tables), func(ctx context.Context, conn *sql.Conn, i int) error {
		return tables[i].make(ctx, conn, tables[i].whole)
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
		if _, err := conns[0].ExecContext(ctx, "DROP TABLE "+strings.Join(names, ", ")); err != nil {
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
