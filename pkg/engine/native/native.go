// Package native moves rows from server to server itself: it reads them as text and feeds them to LOAD DATA LOCAL, in
// ranges of a key, over several sessions that see the same rows.
package native

import (
	"context"
	"database/sql"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Table is one table of a job. It exists on the target and is empty. Its counters may be read while the job runs.
type Table struct {
	Name           string
	Source, Target string // quoted, with their schemas
	Columns        []Column
	Key            *Key   // nil = the table is moved in one transaction
	Partitioned    bool   // the source looks for the rows of a range in some partitions only
	Reordered      bool   // the target sorts the key's values in another order, so that a range of the source is none there
	Counter        uint64 // AUTO_INCREMENT of its definition; 0 = none
	EstimatedRows  int64
	EstimatedBytes int64
	Computes       bool     // it has generated columns
	Defaulted      []string // generated columns, quoted, that LOAD DATA has to name: MySQL misses a NOT NULL geometry otherwise
	Serial         bool     // the target stores the rows of one statement at a time
	Transactional  bool     // the target rolls its rows back: it may be moved in one transaction with other tables
	Unkeyed        bool     // nothing is built from its rows once they are in: each chunk is compared as soon as it is stored

	index         int        // in the job
	bounds        [][][]byte // keys at which pieces begin, without the first
	chunks        []*chunk   // begun
	counted       *int64     // rows in the snapshot, where ranges may miss some
	rows, sent    atomic.Int64
	compared      atomic.Int64
	began, loaded atomic.Int64 // Unix nanoseconds
}

// Rows is how many rows were sent so far.
func (t *Table) Rows() int64 { return t.rows.Load() }

// Bytes is how many bytes were sent so far.
func (t *Table) Bytes() int64 { return t.sent.Load() }

// Compared is how many bytes were read back so far.
func (t *Table) Compared() int64 { return t.compared.Load() }

// Began tells whether the table is being moved.
func (t *Table) Began() bool { return t.began.Load() != 0 }

// Duration is the time from the first row read to the last one stored.
func (t *Table) Duration() time.Duration {
	if end := t.loaded.Load(); end != 0 {
		return time.Duration(end - t.began.Load())
	}
	return 0
}

// Gate returns when that many bytes may be moved, or with the error of a ctx that has ended; nil lets all pass.
type Gate func(ctx context.Context, bytes int) error

func (g Gate) pass(ctx context.Context, bytes int) error {
	if g == nil {
		return nil
	}
	return g(ctx, bytes)
}

// Job is the rows of some tables to move. Sources see one state of the source (see Share); there are as many Targets.
type Job struct {
	Sources, Targets []*sql.Conn
	Tables           []*Table // in the order in which they are begun
	ChunkBytes       int64    // about the most of a table that is moved in one transaction
	ToMariaDB        bool
	Release          string          // executed in a session of Sources when it has read a chunk; empty = nothing
	Insert           bool            // INSERT instead of LOAD DATA LOCAL, for a server that does not allow it
	OnLoaded         func(table int) // all rows of Tables[table] are stored
	OnCompared       func(table int) // they are those of the source
	Gate             Gate

	schedule *schedule
	packet   int // the most that the target takes in one
}

// Run moves the rows, reads them back and compares every chunk with what was read from the source. It ends when
// Compare was called for every table. On error some chunks may be stored; no chunk is stored in part. Fault codes:
// source_lost, source_changed, read_failed, target_lost, target_full, duplicate_key, missing_grant, packet_too_large,
// load_failed, row_count_mismatch, computed_differently, value_changed, and checksum_mismatch, which names table and range.
func Run(ctx context.Context, job *Job) error {
	if err := job.prepare(ctx); err != nil {
		return err
	}
	if err := job.split(ctx); err != nil {
		return err
	}
	job.schedule = newSchedule(job)
	group, ctx := errgroup.WithContext(ctx)
	for i := range job.Sources {
		w := &worker{job: job, source: job.Sources[i], target: job.Targets[i], free: make(chan []byte, blocks)}
		group.Go(func() error { return w.work(ctx) })
	}
	return group.Wait()
}

// work moves chunks until there are no more, and compares.
func (w *worker) work(ctx context.Context) error {
	for {
		chunks, stored, err := w.job.schedule.next(ctx)
		switch {
		case chunks == nil:
			return err
		case stored:
			err = w.verify(ctx, chunks[0])
		default:
			began := time.Now()
			err = w.move(ctx, chunks)
			chunks[0].took = time.Since(began)
			if err == nil {
				w.job.schedule.moved(chunks)
				err = w.compare(ctx, chunks)
			}
			if err == nil {
				err = w.count(ctx, chunks[0])
			}
		}
		if err != nil {
			return err
		}
		for _, c := range chunks {
			if err := w.done(ctx, c); err != nil {
				return err
			}
		}
	}
}

// compare compares the chunks that nothing is gained by letting wait: what was just stored is in the target's memory,
// and one session compares while another waits for the target's disk. Those that the target warned of go first too.
func (w *worker) compare(ctx context.Context, moved []*chunk) error {
	for _, c := range moved {
		if c.table.Reordered || !c.table.Unkeyed && len(c.warned) == 0 {
			continue
		}
		if err := w.verify(ctx, c); err != nil {
			return err
		}
		c.compared = true
	}
	return nil
}

// done tells the owner what the end of work on a chunk means.
func (w *worker) done(ctx context.Context, c *chunk) error {
	switch w.job.schedule.done(c) {
	case tableMissesRows:
		return w.startOver(ctx, c.table)
	case tableLoaded:
		c.table.loaded.Store(time.Now().UnixNano())
		w.job.OnLoaded(c.table.index)
	case tableCompared:
		w.job.OnCompared(c.table.index)
	}
	return nil
}

// Compare says that the rows of Tables[table] may be compared. It is called once for each table after OnLoaded.
func (job *Job) Compare(table int) {
	if job.schedule.compare(job.Tables[table]) {
		job.OnCompared(table)
	}
}

// prepare makes both sides give and take bytes as they are stored. Rows may be compared while keys are built: each
// then waits for the other's lock on the table's definition, however long that is.
func (job *Job) prepare(ctx context.Context) error {
	for _, conn := range job.Sources {
		if _, err := conn.ExecContext(ctx, "SET SESSION character_set_results=NULL"); err != nil {
			return sourceFault("", err)
		}
	}
	for _, conn := range job.Targets {
		if _, err := conn.ExecContext(ctx, "SET SESSION character_set_results=NULL, lock_wait_timeout=86400"); err != nil {
			return targetFault("", err)
		}
	}
	if err := job.Targets[0].QueryRowContext(ctx, "SELECT @@max_allowed_packet").Scan(&job.packet); err != nil {
		return targetFault("", err)
	}
	return nil
}

// split cuts all tables, several at a time.
func (job *Job) split(ctx context.Context) error {
	tables := make(chan *Table, len(job.Tables))
	for _, t := range job.Tables {
		tables <- t
	}
	close(tables)
	group, ctx := errgroup.WithContext(ctx)
	for _, conn := range job.Sources {
		group.Go(func() error {
			for t := range tables {
				if err := t.split(ctx, conn, job.ChunkBytes); err != nil {
					return sourceFault(t.Name, err)
				}
			}
			if err := job.release(ctx, conn); err != nil {
				return sourceFault("", err)
			}
			return nil
		})
	}
	return group.Wait()
}

// release lets others alter what a session has read.
func (job *Job) release(ctx context.Context, source *sql.Conn) error {
	if job.Release == "" {
		return nil
	}
	_, err := source.ExecContext(ctx, job.Release)
	return err
}

// query reads a chunk's rows from the table of that name, source or target.
func (c *chunk) query(from string) string {
	var list []string
	for _, column := range c.table.Columns {
		list = append(list, column.read())
	}
	query := "SELECT " + strings.Join(list, ", ") + " FROM " + from
	if c.where != "" {
		query += c.table.Key.force() + " WHERE " + c.where
	}
	return query
}
