package pipe

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

const pipeSize = 1 << 20

// process is one client program with its standard streams as pipes of ours.
type process struct {
	name   string
	cmd    *exec.Cmd
	stdin  *os.File // nil if it reads nothing
	stdout *os.File
	stderr *lastError
	done   chan struct{}
	err    error // of Wait; read after done
}

// start runs a program with its options on descriptor 3, where --defaults-file finds them.
func start(tool Tool, at Endpoint, args []string, feed bool) (*process, error) {
	p := &process{name: tool.Path, done: make(chan struct{})}
	p.cmd = exec.Command(tool.Path, append([]string{"--defaults-file=/dev/fd/3"}, args...)...)
	p.cmd.Env, p.cmd.Dir = childEnv, "/"
	// the child must not outlive us, not even when we are killed
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var theirs []*os.File
	defer func() { closeAll(theirs) }()
	pair := func(ours, child **os.File, childReads bool) error {
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		enlarge(r)
		if childReads {
			*ours, *child = w, r
		} else {
			*ours, *child = r, w
		}
		theirs = append(theirs, *child)
		return nil
	}
	var stderr, options, childOut, childErr, childIn, childOptions *os.File
	err := errors.Join(pair(&p.stdout, &childOut, false), pair(&stderr, &childErr, false), pair(&options, &childOptions, true))
	if feed {
		err = errors.Join(err, pair(&p.stdin, &childIn, true))
	}
	fail := func(err error) (*process, error) {
		closeAll([]*os.File{p.stdin, p.stdout, stderr, options})
		return nil, err
	}
	if err != nil {
		return fail(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = childOut, childErr
	if feed {
		p.cmd.Stdin = childIn
	}
	p.cmd.ExtraFiles = []*os.File{childOptions}
	ca, err := p.configure(tool, at, options)
	if ca != nil {
		theirs = append(theirs, ca)
	}
	if err != nil {
		return fail(err)
	}
	p.stderr = readErrors(stderr)
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		closeAll(theirs)
		theirs = nil
		<-p.stderr.done
		closeAll([]*os.File{p.stdin, p.stdout})
		return nil, fmt.Errorf("start %s: %w", tool.Path, err)
	}
	return p, nil
}

// configure writes the options, and the password among them, where the child reads them first, and gives it the
// certificate in a file of no name, which the caller closes.
func (p *process) configure(tool Tool, at Endpoint, options *os.File) (ca *os.File, err error) {
	caPath := ""
	if at.CA != "" && at.TLS != TLSNone {
		if ca, err = memoryFile(at.CA); err != nil {
			return nil, err
		}
		p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, ca)
		caPath = "/dev/fd/4"
	}
	text, err := at.optionFile(tool, caPath)
	if err != nil {
		return ca, err
	}
	if _, err := options.Write(text); err != nil {
		return ca, err
	}
	return ca, options.Close()
}

// run keeps the thread that started the child until it has ended: the kernel kills the child with that thread.
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
	close(p.done)
}

// kill ends the program and whatever it started.
func (p *process) kill() {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// release waits for the end and closes what is left.
func (p *process) release() {
	<-p.done
	<-p.stderr.done
	closeAll([]*os.File{p.stdin, p.stdout})
}

// enlarge makes room for a whole INSERT in a pipe; a smaller pipe works too.
func enlarge(f *os.File) {
	raw, err := f.SyscallConn() // not Fd, which would make the file blocking
	if err == nil {
		_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeSize) })
	}
}

func memoryFile(content string) (*os.File, error) {
	fd, err := unix.MemfdCreate("ca", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memory file: %w", err)
	}
	f := os.NewFile(uintptr(fd), "ca")
	if err := errors.Join(f.Chmod(0o600), writeAt(f, content)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func writeAt(f *os.File, content string) error {
	_, err := f.WriteAt([]byte(content), 0)
	return err
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close() // closing twice is harmless, and a pipe has nothing to flush
		}
	}
}
