package pipe

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

const readSize = 1 << 20

// Table is one table of a job. Its counters may be read while the job runs.
type Table struct {
	Name          string
	Setup         string // statement that its rows need to have been run; empty = none
	Transactional bool   // its rows may share a transaction with those of other such tables

	rows, bytes   atomic.Int64
	left          atomic.Int64 // dumps whose part of it is not stored yet
	began, loaded atomic.Int64 // Unix nanoseconds
}

// Rows is how many rows were sent so far.
func (t *Table) Rows() int64 { return t.rows.Load() }

// Bytes is how many bytes of SQL were sent so far.
func (t *Table) Bytes() int64 { return t.bytes.Load() }

// Compared is 0: the rows are counted, not read back.
func (t *Table) Compared() int64 { return 0 }

// Began tells whether the table's first row was sent.
func (t *Table) Began() bool { return t.began.Load() != 0 }

// Duration is the time from the first row sent to the last one stored; 0 for a table without rows.
func (t *Table) Duration() time.Duration {
	if begin := t.began.Load(); begin != 0 && t.loaded.Load() != 0 {
		return time.Duration(t.loaded.Load() - begin)
	}
	return 0
}

// pump moves rows from a dump to a client and counts them.
type pump struct {
	job         *Job
	unsent      map[string]int // index by name of the tables whose rows have not been sent
	unstored    map[int]bool   // the tables whose rows are not known to be stored
	announced   map[int]bool   // the tables that the dump has found
	whole       bool           // the dump reads the database but what it was told to ignore
	skipping    bool           // rows of a table that has come since the database's tables were listed
	out         *bufio.Writer
	setup       string // the last that was sent
	current     int    // index of the table being sent, -1 before the first
	left        []int  // the tables before it whose rows are not committed
	uncommitted int64
}

func newPump(job *Job, from *dump, out io.Writer) *pump {
	p := &pump{
		job: job, unsent: map[string]int{}, unstored: map[int]bool{}, announced: map[int]bool{},
		whole: from.whole, out: bufio.NewWriterSize(out, 64<<10), current: -1,
	}
	for _, i := range from.share.Tables {
		p.unsent[job.Tables[i].Name], p.unstored[i] = i, true
	}
	return p
}

// run pumps until the dump ends and tells whether it was whole.
func (p *pump) run(ctx context.Context, from io.Reader) (complete bool, err error) {
	s := &scanner{to: p}
	buffer := make([]byte, readSize)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if err := p.job.Gate(ctx, n); err != nil {
				return false, err
			}
			if err := s.feed(buffer[:n]); err != nil {
				return false, err
			}
			if err := p.out.Flush(); err != nil {
				return false, err
			}
		}
		if err == io.EOF {
			return s.complete && s.state == between, nil
		}
		if err != nil {
			return false, err
		}
	}
}

func (p *pump) announce(table string) {
	if i, known := p.unsent[table]; known {
		p.announced[i] = true
	}
}

func (p *pump) statement(table string, head []byte) error {
	i, known := p.unsent[table]
	if p.skipping = !known && p.whole && !p.job.has(table); p.skipping {
		return nil
	}
	if !known {
		return errUnexpected{"rows of a table that is not their turn"}
	}
	switch {
	case i != p.current:
		if err := p.leave(); err != nil {
			return err
		}
		if len(p.left) > 0 && !p.job.Tables[i].Transactional {
			if err := p.commit(); err != nil {
				return err
			}
		}
		p.current = i
		p.job.Tables[i].began.CompareAndSwap(0, time.Now().UnixNano())
		if setup := p.job.Tables[i].Setup; setup != "" && setup != p.setup { // each statement is a wait for the server
			fmt.Fprintf(p.out, "%s;\n", setup)
			p.setup = setup
		}
	case p.uncommitted >= p.job.CommitBytes:
		if err := p.commit(); err != nil {
			return err
		}
	}
	return p.write(head)
}

func (job *Job) has(table string) bool {
	return slices.ContainsFunc(job.Tables, func(t *Table) bool { return t.Name == table })
}

func (p *pump) values(part []byte) error { return p.write(part) }

func (p *pump) end(rows int64) error {
	if p.skipping {
		return nil
	}
	p.job.Tables[p.current].rows.Add(rows)
	return p.out.WriteByte('\n')
}

func (p *pump) write(part []byte) error {
	if p.skipping {
		return nil
	}
	p.uncommitted += int64(len(part))
	p.job.Tables[p.current].bytes.Add(int64(len(part)))
	_, err := p.out.Write(part)
	return err
}

const (
	smallCommit = 1 << 20 // SQL that is worth a commit of its own: with less, small tables wait for each other
	smallTables = 32
)

// leave ends the current table: its rows are stored when the client answers with its number.
func (p *pump) leave() error {
	if p.current < 0 {
		return nil
	}
	t := p.job.Tables[p.current]
	delete(p.unsent, t.Name)
	p.left = append(p.left, p.current)
	if t.Transactional && p.uncommitted < smallCommit && len(p.left) < smallTables {
		return nil
	}
	return p.commit()
}

// commit also asks the client which tables are stored by it.
func (p *pump) commit() error {
	p.uncommitted = 0
	_, err := p.out.WriteString("COMMIT;\n")
	if len(p.left) > 0 {
		_, err = fmt.Fprintf(p.out, "SELECT '%s%s';\n", tableMark, strings.Trim(fmt.Sprint(p.left), "[]")) // repeats the error
		p.left = p.left[:0]
	}
	return err
}

// finish ends the last table and asks the client for the sign that everything was executed.
func (p *pump) finish() error {
	if err := p.leave(); err != nil {
		return err
	}
	if err := p.commit(); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(p.out, "SELECT '%s';\n", endMark); err != nil {
		return err
	}
	return p.out.Flush()
}

// stored notes that the rows of a table that this dump had are stored; the last dump to say so tells the owner.
func (p *pump) stored(table int) {
	if !p.unstored[table] {
		return
	}
	delete(p.unstored, table)
	if t := p.job.Tables[table]; t.left.Add(-1) == 0 {
		t.loaded.Store(time.Now().UnixNano())
		p.job.OnLoaded(table)
	}
}
