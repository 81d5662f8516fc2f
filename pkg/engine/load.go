package engine

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

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
	var err error
	if r.computing, err = readComputing(ctx, r.source, r.target); err != nil {
		return err
	}
	r.log.Info("executor", "executor", string(r.executor), "tables", len(r.tables))
	slices.SortStableFunc(r.tables, func(a, b *stagedTable) int { return cmp.Compare(b.planned.Bytes, a.planned.Bytes) })
	group, ctx := errgroup.WithContext(ctx)
	ready := make(chan int, len(r.tables))
	handed := make([]atomic.Bool, len(r.tables))
	var left atomic.Int64
	left.Store(int64(len(r.tables)))
	loaded := func(i int) {
		if handed[i].Swap(true) {
			return
		}
		t := r.tables[i]
		r.log.Info("table loaded", "table", t.name, "rows", t.moved().Rows(), "bytes", t.moved().Bytes(), "took", t.moved().Duration())
		ready <- i
		if left.Add(-1) == 0 {
			r.progress.phase(PhaseIndex)
			close(ready)
		}
	}
	reading, read := context.WithCancel(ctx)
	defer read()
	group.Go(func() error { return r.yieldTables(reading) })
	group.Go(func() error {
		defer read()
		return r.moveRows(ctx, loaded)
	})
	for range finishers {
		group.Go(func() error { return r.finishAll(ctx, ready) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, t := range r.tables {
		r.report.Tables = append(r.report.Tables, t.result(r.executor))
	}
	slices.SortFunc(r.report.Tables, func(a, b TableResult) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

func (r *run) moveRows(ctx context.Context, loaded func(table int)) error {
	if r.executor == ExecutorNative {
		return r.move(ctx, loaded)
	}
	if err := r.pump(ctx, loaded); err != nil {
		return err
	}
	for i := range r.tables { // those without rows were not announced
		loaded(i)
	}
	return nil
}
