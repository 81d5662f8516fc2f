package localdb

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// supervisor runs a program for as long as its own standard input stays open: the other end is held by this process,
// and the kernel closes it however this process ends. SIGTERM is passed on. The first argument is a folder to remove
// at the end, or empty. (PR_SET_PDEATHSIG would not do: it fires when the starting thread ends, not the process.)
const supervisor = `
remove=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
trap 'kill -TERM "$program" 2>/dev/null' TERM
{ trap - TERM; read -r _ <&3; kill -KILL "$program" 2>/dev/null; } &
watcher=$!
wait "$program"; status=$?
while kill -0 "$program" 2>/dev/null; do wait "$program"; status=$?; done
kill -KILL "$watcher" 2>/dev/null
[ -z "$remove" ] || rm -rf -- "$remove"
exit "$status"
`

// Process is a program that ends when this program ends, even by SIGKILL.
type Process struct {
	command *exec.Cmd
	hold    io.Closer
	kill    sync.Once
	done    chan struct{}
}

// StartProcess runs argv with both outputs to log. The folder remove, unless empty, is deleted after its end.
func StartProcess(argv []string, log *os.File, remove string) (*Process, error) {
	command := exec.Command("/bin/sh", append([]string{"-c", supervisor, "supervisor", remove}, argv...)...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C on the terminal is for this program to handle
	hold, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("make the pipe to the supervisor: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start the supervisor: %w", err)
	}
	p := &Process{command: command, hold: hold, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = command.Wait() // how a server ended is in its log
	}()
	return p, nil
}

// Done is closed when the program has ended and its folder is removed.
func (p *Process) Done() <-chan struct{} { return p.done }

// Terminate asks the program to end.
func (p *Process) Terminate() { _ = p.command.Process.Signal(syscall.SIGTERM) }

// Kill ends the program by SIGKILL and waits until it is gone.
func (p *Process) Kill() {
	p.kill.Do(func() { _ = p.hold.Close() })
	<-p.done
}
