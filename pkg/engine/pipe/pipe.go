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
	"time"

	"overmind/pkg/fault"
)

// Job is the rows of some tables to move in one consistent snapshot. The tables exist on the target and are empty.
type Job struct {
	DumpTool, LoadTool Tool
	Source, Target     Endpoint
	Database           string // on the source
	Schema             string // on the target
	Tables             []*Table
	Setup              []string // statements that start the load session
	CommitBytes        int64    // SQL sent between two commits, about

	Gate     func(ctx context.Context, bytes int) error // returns when that many bytes may be sent; nil = always
	OnLoad   func(session uint64) error                 // the load session has opened
	OnDump   func(localPort int)                        // the dump has connected; the port tells its session among the server's
	OnLoaded func(table int)                            // all rows of Tables[table] are stored; not called for a table without rows
}

const (
	sessionMark = "om:session "
	cipherMark  = "om:cipher "
	tableMark   = "om:table "
	endMark     = "om:end"
)

// maxArguments keeps the names of all tables within what the kernel takes as arguments.
const maxArguments = 1 << 20

// Run moves the rows. When it returns, both programs have ended; on error their server sessions may still be busy
// and the tables hold a part of the rows. Fault codes: dump_failed, dump_truncated, dump_unexpected, source_lost,
// source_changed, load_failed, target_lost, target_full, duplicate_key, missing_grant, packet_too_large, tls_failed.
func Run(ctx context.Context, job *Job) error {
	dumpArgs, err := dumpArguments(job)
	if err != nil {
		return err
	}
	load, err := start(job.LoadTool, job.Target, loadArguments(job), true)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "load_failed", "The program %s cannot be started.", job.LoadTool.Path)
	}
	defer load.release()
	defer load.kill()
	stop := context.AfterFunc(ctx, load.kill)
	defer stop()
	answers := listen(load, job)
	pump := newPump(job, load.stdin)
	if job.Gate != nil {
		pump.gate = func(bytes int) error { return job.Gate(ctx, bytes) }
	}
	if err := pump.open(job, answers, load); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	dump, err := start(job.DumpTool, job.Source, dumpArgs, false)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "dump_failed", "The program %s cannot be started.", job.DumpTool.Path)
	}
	defer dump.release()
	defer dump.kill()
	stopDump := context.AfterFunc(ctx, dump.kill)
	defer stopDump()
	watch := announcePort(dump, job)
	defer watch()

	err = pump.transfer(dump, load, answers)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// open sends the session's setup and waits until the client has executed it.
func (p *pump) open(job *Job, answers *answers, load *process) error {
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
func (p *pump) transfer(dump, load *process, answers *answers) error {
	complete, err := p.run(dump.stdout)
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
		return dumpFault(dump)
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

func listen(load *process, job *Job) *answers {
	a := &answers{opened: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(a.done)
		lines := bufio.NewScanner(load.stdout)
		for lines.Scan() {
			a.note(lines.Text(), job)
		}
		_, _ = io.Copy(io.Discard, load.stdout)
	}()
	return a
}

func (a *answers) note(line string, job *Job) {
	if id, ok := strings.CutPrefix(line, sessionMark); ok {
		a.session, _ = strconv.ParseUint(id, 10, 64)
	}
	if cipher, ok := strings.CutPrefix(line, "Ssl_cipher\t"); ok {
		a.cipher = cipher
	}
	if line == cipherMark || line == strings.TrimSpace(cipherMark) {
		close(a.opened)
	}
	if number, ok := strings.CutPrefix(line, tableMark); ok {
		if i, err := strconv.Atoi(number); err == nil && i < len(job.Tables) {
			job.Tables[i].loaded.Store(time.Now().UnixNano())
			if job.OnLoaded != nil {
				job.OnLoaded(i)
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

func dumpArguments(job *Job) ([]string, error) {
	args := []string{
		"--single-transaction", "--quick", "--no-create-info", "--skip-triggers", "--skip-add-locks", "--skip-disable-keys",
		"--hex-blob", "--complete-insert", "--extended-insert", "--tz-utc", "--no-tablespaces",
		"--default-character-set=utf8mb4", "--max-allowed-packet=1G", "--net-buffer-length=1M",
	}
	for _, option := range [][2]string{{"set-gtid-purged", "OFF"}, {"column-statistics", "0"}} {
		if job.DumpTool.Has(option[0]) {
			args = append(args, "--"+option[0]+"="+option[1])
		}
	}
	args = append(args, "--", job.Database)
	size := 0
	for _, t := range job.Tables {
		args = append(args, t.Name)
		size += len(t.Name) + 1
	}
	if size > maxArguments {
		return nil, fault.New(fault.Invalid, "too_many_tables", "The names of %d tables do not fit into one call of the dump program.", len(job.Tables))
	}
	return args, nil
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
