package native

import (
	"context"
	"slices"
)

// ranged are the types whose values every server orders as it compares them, so that each row is in one range. Texts are
// ordered by what a key holds of them and compared by a collation, dates are read from texts first, and there were servers
// that did the two differently.
var ranged = []string{"number", "bytes"}

// mayMiss tells whether rows of the table may be in none of its ranges. Where they cannot be, the rows are not counted:
// to count them, a server reads all of a key.
func (t *Table) mayMiss() bool {
	return len(t.bounds) > 0 && (t.Partitioned ||
		slices.ContainsFunc(t.Key.Columns, func(c KeyColumn) bool { return !slices.Contains(ranged, splittable[c.Type]) }))
}

// count counts a table's rows without any condition, while others move its next chunks. first is a chunk that was moved;
// nothing is counted after any other than the table's first one.
func (w *worker) count(ctx context.Context, first *chunk) error {
	t := first.table
	if first.from > 0 || !t.mayMiss() {
		return nil
	}
	var rows int64
	if err := w.source.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+t.Source).Scan(&rows); err != nil {
		return sourceFault(t.Name, err)
	}
	t.counted = &rows
	if err := w.job.release(ctx, w.source); err != nil {
		return sourceFault(t.Name, err)
	}
	return nil
}

// startOver makes a table one that nothing was moved of, and that is read whole: its ranges do not hold all of its rows, or
// some rows twice. Nobody moves anything of it, since all of its chunks were done.
func (w *worker) startOver(ctx context.Context, t *Table) error {
	if err := w.forget(ctx, &chunk{table: t, sent: t.whole().sent, committed: true}); err != nil {
		return err
	}
	w.job.schedule.anew(t)
	return nil
}
