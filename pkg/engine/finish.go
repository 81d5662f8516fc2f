package engine

import (
	"context"
	"database/sql"
	"strings"
	"sync/atomic"
	"time"

	"overmind/pkg/engine/native"
	"overmind/pkg/fault"
)

const finishers = 3 // tables that get their keys at the same time

// finishing is how far a loaded table is.
type finishing struct {
	keyed, compared atomic.Bool
	keys            time.Duration // that building them took
}

// keyMemory is what a MySQL session may use to sort keys. By default it is so little that it merges files for long.
const keyMemory = "SET SESSION innodb_ddl_buffer_size = 67108864"

// finishAll builds the keys of tables as they become ready.
func (r *run) finishAll(ctx context.Context, ready <-chan int) error {
	conn, err := session(ctx, r.target, r.sessions.target)
	if err != nil {
		return err
	}
	defer discard(conn)
	if _, err := conn.ExecContext(ctx, "SET SESSION lock_wait_timeout=86400"); err != nil { // rows are being compared
		return err
	}
	if _, err := conn.ExecContext(ctx, keyMemory); err != nil && !ServerSaid(err, 1193, 1227, 1238) { // other servers do not know it
		return err
	}
	if err := r.computeAsSource(ctx, conn); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case i, more := <-ready:
			if !more {
				return nil
			}
			if err := r.finish(ctx, conn, i); err != nil {
				return err
			}
		}
	}
}

// finish builds a loaded table's deferred keys and has its rows compared: at the same time, where that leaves the rows
// as they are.
func (r *run) finish(ctx context.Context, conn *sql.Conn, i int) error {
	t := r.tables[i]
	if t.beside != nil {
		t.native.Target = QName(r.names.Staging, t.name)
		if err := t.beside.giveRows(ctx, conn, t.native.Target); err != nil {
			return err
		}
	}
	rebuilt := rebuildsTable(t.ddl.keys)
	if t.native != nil && !rebuilt {
		r.job.Compare(i)
	}
	if err := r.buildKeys(ctx, conn, t); err != nil {
		return err
	}
	r.progress.state(t.name, "verifying")
	switch {
	case t.native == nil:
		if err := r.count(ctx, conn, t); err != nil {
			return err
		}
		t.finishing.compared.Store(true)
	case rebuilt:
		r.job.Compare(i)
	}
	t.finishing.keyed.Store(true)
	r.finished(t)
	return nil
}

// compared is told by the job that a table's rows are those of the source.
func (r *run) compared(i int) {
	r.tables[i].finishing.compared.Store(true)
	r.finished(r.tables[i])
}

func (r *run) finished(t *stagedTable) {
	if t.finishing.keyed.Load() && t.finishing.compared.Load() {
		r.progress.state(t.name, "done")
	}
}

func (r *run) buildKeys(ctx context.Context, conn *sql.Conn, t *stagedTable) error {
	began := time.Now()
	r.progress.state(t.name, "indexing")
	for _, alter := range keyStatements(QName(r.names.Staging, t.name), t.ddl.keys) {
		if _, err := conn.ExecContext(ctx, alter); err != nil {
			if lost(err) || ctx.Err() != nil {
				return err
			}
			if ServerSaid(err, 1062) { // its text holds a value
				return fault.Wrap(&native.Duplicate{Table: t.name, Cause: err}, fault.Invalid, "index_failed",
					"The keys of table %s cannot be built on the target: some rows are equal by one of them.", t.name)
			}
			return fault.Wrap(err, fault.Invalid, "index_failed", "The keys of table %s cannot be built on the target: %s.", t.name, serverText(err))
		}
	}
	t.finishing.keys = time.Since(began)
	r.log.Info("keys built", "table", t.name, "keys", len(t.ddl.keys), "took", t.finishing.keys)
	return nil
}

// rebuildsTable tells whether adding the keys may copy the rows: it is so for the first full-text key, and for keys of
// expressions, which add a column.
func rebuildsTable(keys []string) bool {
	for _, key := range keys {
		if strings.HasPrefix(key, "FULLTEXT") || strings.HasPrefix(key, "SPATIAL") || strings.Contains(key, "((") {
			return true
		}
	}
	return false
}

// count compares the number of rows stored with that of the rows sent.
func (r *run) count(ctx context.Context, conn *sql.Conn, t *stagedTable) error {
	var stored int64
	if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+QName(r.names.Staging, t.name)).Scan(&stored); err != nil {
		return err
	}
	if sent := t.moved().Rows(); stored != sent {
		return fault.New(fault.Invalid, "row_count_mismatch", "Table %s has %d rows on the target, but %d were sent.", t.name, stored, sent)
	}
	return nil
}

// result is the evidence of a finished table.
func (t *stagedTable) result(by Executor) TableResult {
	result := TableResult{
		Name: t.name, Rows: t.moved().Rows(), Bytes: t.moved().Bytes(), Executor: by,
		Seconds: (t.moved().Duration() + t.finishing.keys).Seconds(),
	}
	if t.native != nil {
		result.Checksum = t.native.Checksum()
	}
	return result
}
