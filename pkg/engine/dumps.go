package engine

import (
	"context"
	"errors"

	"overmind/pkg/engine/native"
	"overmind/pkg/engine/pipe"
)

// openDumps starts the dumps: several that see one state of the source where it can be held still until all of them
// have begun, otherwise one that reads everything.
func (r *run) openDumps(ctx context.Context, job *pipe.Job) (*pipe.Dumps, error) {
	shares, err := r.shares(ctx)
	if err != nil {
		return nil, err
	}
	if len(shares) > 1 {
		dumps, err := r.openTogether(ctx, job, shares)
		var not *native.NotHeld
		if !errors.As(err, &not) {
			return dumps, err
		}
		r.log.Info("one dump reads everything", "not possible", not.Missed)
	}
	r.report.Snapshot, r.report.Readers = "one dump", 1
	return pipe.Open(ctx, job, pipe.Shares(r.sizes(), make([][]string, len(r.tables)), 1))
}

// shares cuts and packs the tables for as many dumps as are worth their start.
func (r *run) shares(ctx context.Context) ([]pipe.Share, error) {
	n, sizes := r.workers(), r.sizes()
	wheres := make([][]string, len(sizes))
	if n == 1 {
		return pipe.Shares(sizes, wheres, n), nil
	}
	tables, err := readNativeTables(ctx, r.source, r.spec.SourceDatabase, false)
	if err != nil {
		return nil, err
	}
	conn, err := session(ctx, r.source, r.sessions.source)
	if err != nil {
		return nil, err
	}
	defer discard(conn)
	for i, parts := range pipe.Ranges(sizes, n) {
		t := tables[r.tables[i].name]
		if parts == 1 || t == nil || partitioned(r.tables[i].definition) { // no program says what a range of one misses
			continue
		}
		t.EstimatedRows = r.tables[i].planned.Rows
		if wheres[i], err = t.Ranges(ctx, conn, parts); err != nil {
			return nil, err
		}
	}
	return pipe.Shares(sizes, wheres, n), nil
}

func (r *run) sizes() []int64 {
	var sizes []int64
	for _, t := range r.tables {
		sizes = append(sizes, t.planned.Bytes)
	}
	return sizes
}

// openTogether starts all dumps while nothing is written on the source. Its writers wait less than a second: dumps
// that have not begun by then are ended again. *native.NotHeld says that it was not possible.
func (r *run) openTogether(ctx context.Context, job *pipe.Job, shares []pipe.Share) (dumps *pipe.Dumps, err error) {
	held, err := sessions(ctx, r.source, 2, r.sessions.source)
	defer discardAll(held)
	if err != nil {
		return nil, err
	}
	source := native.Source{MariaDB: r.report.Source.Flavour == MariaDB, Lock: held[0]}
	for _, t := range r.tables {
		source.Tables = append(source.Tables, QName(r.spec.SourceDatabase, t.name))
	}
	way, position, err := native.Hold(ctx, source, held[1], func(ctx context.Context) (err error) {
		dumps.Close() // of an attempt whose lock was lost
		dumps, err = pipe.Open(ctx, job, shares)
		return err
	})
	if err != nil {
		dumps.Close()
		return nil, err
	}
	r.report.Position, r.report.Snapshot, r.report.Readers = position, way, len(shares)
	r.log.Info("snapshot", "way", way, "dumps", len(shares), "position", position)
	return dumps, nil
}
