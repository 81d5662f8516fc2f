package pipe

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

const readSize = 1 << 20

// Table is one table of a job. Its counters may be read while the job runs.
type Table struct {
	Name  string
	Setup string // statement run before its first row; empty = none

	rows, bytes   atomic.Int64
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
	if end := t.loaded.Load(); end != 0 {
		return time.Duration(end - t.began.Load())
	}
	return 0
}

// pump moves rows from a dump to a client and counts them.
type pump struct {
	tables      []*Table
	index       map[string]int
	out         *bufio.Writer
	gate        func(bytes int) error
	commitBytes int64
	current     int // index of the table being sent, -1 before the first
	finished    []bool
	uncommitted int64
}

func newPump(job *Job, out io.Writer) *pump {
	p := &pump{
		gate:   func(int) error { return nil },
		tables: job.Tables, index: make(map[string]int, len(job.Tables)), out: bufio.NewWriterSize(out, 64<<10),
		commitBytes: job.CommitBytes, current: -1, finished: make([]bool, len(job.Tables)),
	}
	for i, t := range job.Tables {
		p.index[t.Name] = i
	}
	return p
}

// run pumps until the dump ends and tells whether it was whole.
func (p *pump) run(from *os.File) (complete bool, err error) {
	s := &scanner{to: p}
	buffer := make([]byte, readSize)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if err := p.gate(n); err != nil {
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

func (p *pump) statement(table string, head []byte) error {
	i, known := p.index[table]
	if !known || p.finished[i] {
		return errUnexpected{"rows of a table that is not their turn"}
	}
	switch {
	case i != p.current:
		if err := p.leave(); err != nil {
			return err
		}
		p.current = i
		p.tables[i].began.Store(time.Now().UnixNano())
		if setup := p.tables[i].Setup; setup != "" {
			fmt.Fprintf(p.out, "%s;\n", setup)
		}
	case p.uncommitted >= p.commitBytes:
		p.out.WriteString("COMMIT;\n") // a failed write shows at the next one
		p.uncommitted = 0
	}
	return p.write(head)
}

func (p *pump) values(part []byte) error { return p.write(part) }

func (p *pump) end(rows int64) error {
	p.tables[p.current].rows.Add(rows)
	return p.out.WriteByte('\n')
}

func (p *pump) write(part []byte) error {
	p.uncommitted += int64(len(part))
	p.tables[p.current].bytes.Add(int64(len(part)))
	_, err := p.out.Write(part)
	return err
}

// leave ends the current table: its rows are stored when the client answers with its number.
func (p *pump) leave() error {
	if p.current < 0 {
		return nil
	}
	p.finished[p.current] = true
	p.uncommitted = 0
	_, err := fmt.Fprintf(p.out, "COMMIT;\nSELECT '%s%d';\n", tableMark, p.current)
	return err
}

// finish ends the last table and asks the client for the sign that everything was executed.
func (p *pump) finish() error {
	if err := p.leave(); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(p.out, "COMMIT;\nSELECT '%s';\n", endMark); err != nil {
		return err
	}
	return p.out.Flush()
}
