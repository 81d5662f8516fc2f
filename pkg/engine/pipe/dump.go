package pipe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"

	"golang.org/x/sync/errgroup"

	"overmind/pkg/fault"
)

// Dumps are dump programs that have begun their snapshots and wait to be read.
type Dumps struct {
	job  *Job
	list []*dump
}

// dump is one dump program and what it has written so far.
type dump struct {
	*process
	share   Share
	whole   bool // it reads the database but what it was told to ignore
	rows    *bufio.Reader
	unwatch func() // ends the search for its port
}

// Open starts a dump for each share and returns when all have begun their snapshots, or have ended. Only if nothing is
// written on the source until then, all of them see the same state. When it fails, none is left running. Fault codes:
// too_many_tables, and those of a failing dump (see Run).
func Open(ctx context.Context, job *Job, shares []Share) (*Dumps, error) {
	d := &Dumps{job: job}
	for _, s := range shares {
		one, err := job.openDump(s)
		if err != nil {
			d.Close()
			return nil, err
		}
		d.list = append(d.list, one)
	}
	stop := context.AfterFunc(ctx, d.kill)
	defer stop()
	var group errgroup.Group
	for _, one := range d.list {
		group.Go(one.begun)
	}
	err := group.Wait()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (job *Job) openDump(s Share) (*dump, error) {
	args, whole, err := job.dumpArguments(s)
	if err != nil {
		return nil, err
	}
	p, err := start(job.DumpTool, job.Source, args, false)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "dump_failed", "The program %s cannot be started.", job.DumpTool.Path)
	}
	return &dump{process: p, share: s, whole: whole, rows: bufio.NewReaderSize(p.stdout, headSize), unwatch: announcePort(p, job)}, nil
}

const headSize = 64 << 10 // far more than a dump writes before its first table

// announcement is what both flavours' programs write before the rows of a table, even if it has none, and never before
// they have begun their transaction.
const announcement = "-- Dumping data for table "

var firstTable = []byte("\n" + announcement)

// begun waits until the dump has begun its snapshot. Its output says so to every account, while the server's list of
// transactions needs PROCESS and the port of the connection, which an address translation may change.
func (d *dump) begun() error {
	for {
		_, err := d.rows.Peek(d.rows.Buffered() + 1)
		switch {
		case err == io.EOF:
			if <-d.done; d.err != nil {
				return dumpFault(d.process)
			}
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
			return fault.New(fault.Invalid, "dump_unexpected", "The dump does not say which table it begins with.")
		case err != nil:
			return err
		}
		if seen, _ := d.rows.Peek(d.rows.Buffered()); bytes.Contains(seen, firstTable) {
			return nil
		}
	}
}

func (d *Dumps) kill() {
	for _, one := range d.list {
		one.kill()
	}
}

// Close ends what still runs and returns when it has ended. Closing twice, or nil, is harmless.
func (d *Dumps) Close() {
	if d == nil {
		return
	}
	d.kill()
	for _, one := range d.list {
		one.unwatch()
		one.release()
	}
}
