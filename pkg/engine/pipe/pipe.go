package pipe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"

	"overmind/pkg/fault"
)

// Job is the rows of some tables to move. The tables exist on the target and are empty.
type Job struct {
	DumpTool, LoadTool Tool
	Source, Target     Endpoint
	Database           string // on the source
	Schema             string // on the target
	Tables             []*Table
	Listed             []string // the names of all tables and views of the database on the source
	Setup              []string // statements that start a load session
	CommitBytes        int64    // SQL sent between two commits, about

	Gate     func(ctx context.Context, bytes int) error // returns when that many bytes may be sent
	OnLoad   func(session uint64) error                 // a load session has opened
	OnDump   func(localPort int)                        // a dump has connected; the port tells its session among the server's
	OnLoaded func(table int)                            // all rows of Tables[table] are stored
}

const (
	sessionMark = "om:session "
	cipherMark  = "om:cipher "
	tableMark   = "om:table "
	endMark     = "om:end"
)

// Run moves the rows of all dumps side by side; the first one that fails ends all. When it returns, all programs have
// ended; on error their server sessions may still be busy and the tables hold a part of the rows. Fault codes:
// dump_failed, dump_truncated, dump_unexpected, source_lost, source_changed, load_failed, target_lost, target_full,
// duplicate_key, missing_grant, packet_too_large, tls_failed.
func (d *Dumps) Run(ctx context.Context) error {
	defer d.Close()
	for _, one := range d.list {
		for _, i := range one.share.Tables {
			d.job.Tables[i].left.Add(1)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, one := range d.list {
		group.Go(func() error { return d.job.run(ctx, one) })
	}
	return group.Wait()
}

// run moves the rows of one dump into a client of its own.
func (job *Job) run(ctx context.Context, from *dump) error {
	defer context.AfterFunc(ctx, from.kill)()
	load, err := start(job.LoadTool, job.Target, loadArguments(job), true)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "load_failed", "The program %s cannot be started.", job.LoadTool.Path)
	}
	defer load.release()
	defer load.kill()
	defer context.AfterFunc(ctx, load.kill)()
	pump := newPump(job, from, load.stdin)
	answers := listen(load, pump)
	if err = pump.open(answers, load); err == nil {
		err = pump.transfer(ctx, from, load, answers)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// open sends the session's setup and waits until the client has executed it.
func (p *pump) open(answers *answers, load *process) error {
	job := p.job
	for _, statement := range job.Setup {
		fmt.Fprintf(p.out, "%s;\n", statement)
	}
	fmt.Fprintf(p.out, "SELECT CONCAT('%s', CONNECTION_ID());\nSHOW SESSION STATUS LIKE 'Ssl_cipher';\nSELECT '%s';\n", sessionMark, cipherMark)
	if err := p.out.Flush(); err != nil && !errors.Is(err, syscall.EPIPE) {
		return err
	}
	select {
	case <-answers.opened:
	case <-load.done:
		return loadFault(load)
	}
	if job.Target.TLS != TLSNone && answers.cipher == "" {
		return fault.New(fault.Invalid, "tls_failed", "The connection to the target is not encrypted, although that is required.")
	}
	if job.OnLoad != nil {
		return job.OnLoad(answers.session)
	}
	return nil
}

// transfer pumps everything and waits for both programs to end well. The client's input is closed only after the
// dump was seen to be whole: at the end of its input the client would execute an unfinished statement.
func (p *pump) transfer(ctx context.Context, dump *dump, load *process, answers *answers) error {
	complete, err := p.run(ctx, dump.rows)
	var unexpected errUnexpected
	switch {
	case errors.As(err, &unexpected):
		return fault.Wrap(err, fault.Invalid, "dump_unexpected", "The dump holds something that is not a row: %s.", unexpected.what)
	case err != nil:
		<-load.done // its input is closed on its side
		return loadFault(load)
	}
	<-dump.done
	if dump.err != nil || !complete {
		if ended(load) && load.err != nil {
			return loadFault(load)
		}
		return dumpFault(dump.process)
	}
	if err := p.finish(); err != nil {
		<-load.done
		return loadFault(load)
	}
	if err := load.stdin.Close(); err != nil {
		return fmt.Errorf("close client input: %w", err)
	}
	<-load.done
	<-answers.done
	if load.err != nil || !answers.end {
		return loadFault(load)
	}
	for i := range p.unstored { // the dump had no rows of these
		if p.whole && !p.announced[i] {
			return fault.New(fault.Conflict, "source_changed", "Table %s was not on the source when it was to be read.", p.job.Tables[i].Name)
		}
		p.stored(i)
	}
	return nil
}

// answers is what the client prints: the marks that our own statements ask for.
type answers struct {
	opened  chan struct{} // session and cipher are known
	done    chan struct{}
	session uint64
	cipher  string
	end     bool // read after done
}

func listen(load *process, p *pump) *answers {
	a := &answers{opened: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(a.done)
		lines := bufio.NewScanner(load.stdout)
		for lines.Scan() {
			a.note(lines.Text(), p)
		}
		_, _ = io.Copy(io.Discard, load.stdout)
	}()
	return a
}

func (a *answers) note(line string, p *pump) {
	if id, ok := strings.CutPrefix(line, sessionMark); ok {
		a.session, _ = strconv.ParseUint(id, 10, 64)
	}
	if cipher, ok := strings.CutPrefix(line, "Ssl_cipher\t"); ok {
		a.cipher = cipher
	}
	if line == cipherMark || line == strings.TrimSpace(cipherMark) {
		close(a.opened)
	}
	if numbers, ok := strings.CutPrefix(line, tableMark); ok {
		for number := range strings.FieldsSeq(numbers) {
			if i, err := strconv.Atoi(number); err == nil {
				p.stored(i)
			}
		}
	}
	a.end = a.end || line == endMark
}

func ended(p *process) bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func loadArguments(job *Job) []string {
	args := []string{
		"--binary-mode", "--batch", "--skip-column-names", "--unbuffered", "--local-infile=0", "--skip-reconnect",
		"--skip-auto-rehash", "--default-character-set=utf8mb4", "--max-allowed-packet=1G", "--net-buffer-length=1M",
	}
	if job.LoadTool.Has("sandbox") {
		args = append(args, "--sandbox")
	}
	if job.LoadTool.Has("commands") {
		args = append(args, "--skip-commands")
	}
	return append(args, "--", job.Schema)
}

// howEnded says how a program ended, for people.
func howEnded(p *process) string {
	var exit *exec.ExitError
	if errors.As(p.err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return "killed by signal " + status.Signal().String()
		}
		return "exit code " + strconv.Itoa(exit.ExitCode())
	}
	return "exit code 0"
}
