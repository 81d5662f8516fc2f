package engine

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"overmind/pkg/engine/native"
	"overmind/pkg/fault"
)

const finishers = 2 // tables that get their keys at the same time

// load moves the rows, builds the deferred keys of each table as soon as its rows are in, and counts what is stored.
func (r *run) load(ctx context.Context) error {
	if len(r.tables) == 0 {
		return nil
	}
	if r.spec.Content == StructureOnly {
		for _, t := range r.tables {
			r.report.Tables = append(r.report.Tables, TableResult{Name: t.name, Executor: r.executor})
		}
		return nil
	}
	r.progress.phase(PhaseLoad)
	r.log.Info("executor", "executor", string(r.executor), "tables", len(r.tables))
	slices.SortStableFunc(r.tables, func(a, b *stagedTable) int { return cmp.Compare(b.planned.Bytes, a.planned.Bytes) })
	group, ctx := errgroup.WithContext(ctx)
	ready := make(chan int, len(r.tables))
	handed := make([]atomic.Bool, len(r.tables))
	group.Go(func() error {
		defer close(ready)
		loaded := func(i int) {
			handed[i].Store(true)
			t := r.tables[i]
			r.log.Info("table loaded", "table", t.name, "rows", t.moved().Rows(), "bytes", t.moved().Bytes(), "took", t.moved().Duration())
			ready <- i
		}
		var err error
		if r.executor == ExecutorNative {
			err = r.move(ctx, loaded)
		} else {
			err = r.pump(ctx, loaded)
		}
		if err != nil {
			return err
		}
		r.progress.phase(PhaseIndex)
		for i := range r.tables { // tables without rows are not announced
			if !handed[i].Load() {
				ready <- i
			}
		}
		return nil
	})
	results := make([]TableResult, len(r.tables))
	for range finishers {
		group.Go(func() error {
			conn, err := session(ctx, r.target, r.sessions.target)
			if err != nil {
				return err
			}
			defer discard(conn)
			for i := range ready {
				result, err := r.finish(ctx, conn, r.tables[i])
				if err != nil {
					return err
				}
				results[i] = result
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	slices.SortFunc(results, func(a, b TableResult) int { return cmp.Compare(a.Name, b.Name) })
	r.report.Tables = results
	return nil
}

// finish builds a loaded table's deferred keys and compares what is stored with what was sent.
func (r *run) finish(ctx context.Context, conn *sql.Conn, t *stagedTable) (TableResult, error) {
	began := time.Now()
	r.progress.state(t.name, "indexing")
	for _, alter := range keyStatements(QName(r.names.Staging, t.name), t.ddl.keys) {
		if _, err := conn.ExecContext(ctx, alter); err != nil {
			if lost(err) || ctx.Err() != nil {
				return TableResult{}, err
			}
			if ServerSaid(err, 1062) { // its text holds a value
				return TableResult{}, fault.Wrap(&native.Duplicate{Table: t.name, Cause: err}, fault.Invalid, "index_failed",
					"The keys of table %s cannot be built on the target: some rows are equal by one of them.", t.name)
			}
			return TableResult{}, fault.Wrap(err, fault.Invalid, "index_failed", "The keys of table %s cannot be built on the target: %s.", t.name, serverText(err))
		}
	}
	r.progress.state(t.name, "verifying")
	verify := r.count
	if t.native != nil {
		verify = r.compare
	}
	checksum, err := verify(ctx, conn, t)
	if err != nil {
		return TableResult{}, err
	}
	r.progress.state(t.name, "done")
	r.log.Info("table done", "table", t.name, "rows", t.moved().Rows(), "keys", len(t.ddl.keys), "took", time.Since(began), "checksum", checksum)
	return TableResult{
		Name: t.name, Rows: t.moved().Rows(), Bytes: t.moved().Bytes(), Executor: r.executor, Checksum: checksum,
		Seconds: (t.moved().Duration() + time.Since(began)).Seconds(),
	}, nil
}

// count compares the number of rows stored with that of the rows sent; there is no checksum.
func (r *run) count(ctx context.Context, conn *sql.Conn, t *stagedTable) (string, error) {
	var stored int64
	if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+QName(r.names.Staging, t.name)).Scan(&stored); err != nil {
		return "", err
	}
	if sent := t.moved().Rows(); stored != sent {
		return "", fault.New(fault.Invalid, "row_count_mismatch", "Table %s has %d rows on the target, but %d were sent.", t.name, stored, sent)
	}
	return "", nil
}
