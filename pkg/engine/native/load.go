package native

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	blockBytes = 256 << 10 // rows collected before they are handed over
	blocks     = 3         // per worker: one being filled, one being sent, one between
	attempts   = 4         // of a transaction that the target rolls back because of a lock
	mostChunks = 4         // how much more than a chunk a table that cannot be split moves in one transaction

	rollbackLimit = 5 * time.Second
)

// worker moves chunks over one session on each side.
type worker struct {
	job            *Job
	source, target *sql.Conn
	free           chan []byte // buffers of its flows
}

// move moves chunks in one transaction: all of their rows exactly, or none. The target may roll them back because of a
// lock; then they are read again from the same snapshot.
func (w *worker) move(ctx context.Context, chunks []*chunk) error {
	for attempt := 1; ; attempt++ {
		err := w.try(ctx, chunks)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil || attempt == attempts || !waited(err) {
			return err
		}
		for _, c := range chunks {
			if err := w.forget(ctx, c); err != nil {
				return err
			}
		}
	}
}

// forget makes a chunk one that nothing was moved of.
func (w *worker) forget(ctx context.Context, c *chunk) error {
	c.table.rows.Add(-c.sent.rows)
	c.sent, c.warned = sum{}, nil
	if c.committed {
		if _, err := w.target.ExecContext(ctx, "TRUNCATE TABLE "+c.table.Target); err != nil {
			return targetFault(c.table.Name, err)
		}
		if c.table.Counter > 0 {
			if _, err := w.target.ExecContext(ctx, fmt.Sprintf("ALTER TABLE %s AUTO_INCREMENT=%d", c.table.Target, c.table.Counter)); err != nil {
				return targetFault(c.table.Name, err)
			}
		}
	}
	c.committed = false
	return nil
}

func (w *worker) try(ctx context.Context, chunks []*chunk) error {
	if err := w.say(ctx, "", "START TRANSACTION"); err != nil {
		return err
	}
	for _, c := range chunks {
		if err := w.transfer(ctx, c, len(chunks) == 1); err != nil {
			// The driver ends the data of a LOAD DATA as usual when its reader fails: what was sent until then must not
			// stay. Where the session is gone, the server rolls back.
			limited, done := context.WithTimeout(context.WithoutCancel(ctx), rollbackLimit)
			defer done()
			_, _ = w.target.ExecContext(limited, "ROLLBACK")
			return err
		}
	}
	return w.say(ctx, chunks[0].table.Name, "COMMIT")
}

func (w *worker) say(ctx context.Context, table, statement string) error {
	if _, err := w.target.ExecContext(ctx, statement); err != nil {
		return targetFault(table, err)
	}
	return nil
}

// transfer reads a chunk's rows and stores them. One that is alone in its transaction and is all of a table may take
// several, because the table can be emptied if it has to be moved again.
func (w *worker) transfer(ctx context.Context, c *chunk, alone bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.table.began.CompareAndSwap(0, time.Now().UnixNano())
	rows := newFlow(ctx, w.free)
	if alone && c.where == "" {
		rows.most = w.job.ChunkBytes * mostChunks
	}
	go func() { rows.end(w.read(ctx, c, rows)) }()
	stored := w.storeParts(ctx, c, rows)
	if stored != nil && !waited(stored) {
		cancel() // the rest is not read
	}
	read := rows.drain()
	if read != nil && (stored == nil || errors.Is(stored, read)) {
		return sourceFault(c.table.Name, read)
	}
	if stored != nil {
		return targetFault(c.table.Name, stored)
	}
	return nil
}

// storeParts stores what flows and judges it, with a commit after each part but the last.
func (w *worker) storeParts(ctx context.Context, c *chunk, rows *flow) error {
	for {
		affected, err := w.store(ctx, c, rows)
		if err != nil {
			return err
		}
		if rows.over && rows.err != nil {
			return rows.err
		}
		if err := w.judge(ctx, c, rows, affected); err != nil || rows.over {
			return err
		}
		c.committed = true
		for _, statement := range []string{"COMMIT", "START TRANSACTION"} {
			if _, err := w.target.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		rows.nextPart()
	}
}

// judge makes sure that the target stored what was sent, and remembers what it warned of.
func (w *worker) judge(ctx context.Context, c *chunk, sent *flow, affected int64) error {
	if affected != sent.rows {
		return w.missed(ctx, c, sent.rows, affected)
	}
	if w.job.Insert {
		return nil // seen for each statement
	}
	return w.listen(ctx, c, sent.zeros)
}

// read sends the chunk's rows into the flow.
func (w *worker) read(ctx context.Context, c *chunk, to *flow) error {
	out := &outgoing{ctx: ctx, job: w.job, table: c.table, to: to}
	out.lines.data, out.lines.spill = to.empty(), out.hand
	if w.job.Insert { // the lines are only summed up
		out.tuples, out.lines = out.lines.data, lines{spill: discard}
		out.fits = w.job.packet - len(c.table.insertHead()) - packetHead
	}
	for i, column := range c.table.Columns {
		if column.Type == "enum" && !column.Generated {
			out.enums = append(out.enums, i)
		}
		out.write = append(out.write, column.write(w.job.ToMariaDB))
	}
	err := rows(ctx, w.source, c.query(c.table.Source), out.add)
	if err == nil {
		err = w.job.release(ctx, w.source)
	}
	rest := out.lines.data
	if w.job.Insert {
		rest = out.tuples
	}
	if err == nil && len(rest) > 0 {
		rest, err = out.hand(rest, true)
	}
	if rest != nil {
		to.done(rest)
	}
	c.sent, c.bytes = out.lines.sum, out.bytes
	return err
}

// discard is for lines of which nothing but the sum is wanted.
func discard(data []byte, _ bool) ([]byte, error) { return data[:0], nil }

// outgoing collects rows in blocks and gives them to a flow.
type outgoing struct {
	ctx   context.Context
	job   *Job
	table *Table
	to    *flow
	enums []int    // columns of that type
	write []string // an expression for each column

	lines       lines
	tuples      []byte // the rows for INSERT
	fits        int    // how long they may be in one statement
	rows, zeros int64  // begun since the last block
	bytes       int64
}

func (o *outgoing) add(values []driver.Value) (err error) {
	if len(values) != len(o.write) {
		return fmt.Errorf("it gives rows of %d values and not %d", len(values), len(o.write))
	}
	if o.job.Insert {
		if err := o.addTuple(values); err != nil {
			return err
		}
	}
	o.rows++
	for _, i := range o.enums {
		if isZero(values[i]) {
			o.zeros++
		}
	}
	if err := o.lines.add(values); err != nil || !o.job.Insert {
		return err
	}
	o.lines.data = o.lines.data[:0]
	if len(o.tuples) >= blockBytes {
		o.tuples, err = o.hand(o.tuples, true)
	}
	return err
}

// addTuple adds a row to those before it, or hands these over first where one statement could not hold them all.
func (o *outgoing) addTuple(values []driver.Value) (err error) {
	before := len(o.tuples)
	if before > 0 {
		o.tuples = append(o.tuples, ',')
	}
	if o.tuples, err = appendTuple(o.tuples, values, o.write); err != nil || before == 0 || len(o.tuples) <= o.fits {
		return err
	}
	row := o.tuples[before+1:]
	o.tuples, err = o.hand(o.tuples[:before], true)
	o.tuples = append(o.tuples, row...)
	return err
}

// hand gives a block to the flow; whole tells that it ends with a row.
func (o *outgoing) hand(data []byte, whole bool) ([]byte, error) {
	if err := o.job.Gate.pass(o.ctx, len(data)); err != nil {
		return nil, err
	}
	o.table.rows.Add(o.rows)
	o.table.sent.Add(int64(len(data)))
	o.bytes += int64(len(data))
	err := o.to.give(block{data: data, whole: whole, rows: o.rows, zeros: o.zeros})
	o.rows, o.zeros = 0, 0
	if err != nil {
		return nil, err
	}
	return o.to.empty(), nil
}

func isZero(value driver.Value) bool { return value == int64(0) || value == uint64(0) }

// store sends what flows to the target and says how many rows it took.
func (w *worker) store(ctx context.Context, c *chunk, from *flow) (int64, error) {
	if w.job.Insert {
		return w.insert(ctx, c, from)
	}
	name := rand.Text() // nobody else can know it, so the server can ask for nothing but these rows
	mysql.RegisterReaderHandler(name, func() io.Reader { return from })
	defer mysql.DeregisterReaderHandler(name)
	result, err := w.target.ExecContext(ctx, c.table.loadStatement(name, w.job.ToMariaDB))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (t *Table) loadStatement(reader string, toMariaDB bool) string {
	var fields, sets []string
	for i, c := range t.Columns {
		expression := c.write(toMariaDB)
		if expression == "" {
			fields = append(fields, c.Ident)
			continue
		}
		variable := fmt.Sprintf("@om%d", i)
		fields = append(fields, variable)
		if c.Generated {
			continue
		}
		sets = append(sets, c.Ident+" = "+fmt.Sprintf(expression, variable))
	}
	for _, generated := range t.Defaulted {
		sets = append(sets, generated+" = DEFAULT")
	}
	statement := fmt.Sprintf(`LOAD DATA LOCAL INFILE 'Reader::%s' INTO TABLE %s CHARACTER SET binary FIELDS TERMINATED BY '\t' ESCAPED BY '\\' LINES TERMINATED BY '\n' (%s)`,
		reader, t.Target, strings.Join(fields, ", "))
	if len(sets) > 0 {
		statement += " SET " + strings.Join(sets, ", ")
	}
	return statement
}

func (t *Table) insertHead() string {
	var names []string
	for _, column := range t.Columns {
		names = append(names, column.Ident)
	}
	return "INSERT INTO " + t.Target + " (" + strings.Join(names, ", ") + ") VALUES "
}

// packetHead is more than what a packet holds beside a statement.
const packetHead = 16

// insert is the way for a server that does not allow LOCAL.
func (w *worker) insert(ctx context.Context, c *chunk, from *flow) (int64, error) {
	head := c.table.insertHead()
	var total int64
	for {
		rows, ok := from.next()
		if !ok {
			return total, nil
		}
		result, err := w.target.ExecContext(ctx, head+string(rows.data))
		if err != nil {
			return total, err
		}
		affected, err := result.RowsAffected()
		if err != nil {
			return total, err
		}
		total += affected
		if err := w.listen(ctx, c, rows.zeros); err != nil {
			return total, err
		}
		from.done(rows.data)
	}
}
