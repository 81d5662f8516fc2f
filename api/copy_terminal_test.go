package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"overmind/pkg/testkit"
)

// terminal opens a terminal: what a person types goes into the first file, programs have the second.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = person.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

func TestCopyCommand_InterruptedAtAPromptIsExitCode5AndTheTerminalEchoes(t *testing.T) {
	t.Parallel()
	c := newCopyRun(t, "CREATE TABLE a (id INT)", "CREATE DEFINER=nobody@nowhere VIEW v AS SELECT id FROM a")
	withoutPasswords := slices.DeleteFunc(c.env(), func(v string) bool { return strings.Contains(v, "PASSWORD") })
	for prompt, env := range map[string][]string{"[y/N]": c.env(), "Password of": withoutPasswords} {
		t.Run(prompt, func(t *testing.T) {
			t.Parallel()
			person, program := terminal(t)
			cmd := exec.Command(os.Args[0], c.args()...)
			cmd.Env = env
			cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			require.NoError(t, cmd.Start())
			t.Cleanup(func() { _ = cmd.Process.Kill() })
			output := &lockedBuffer{}
			go func() { _, _ = io.Copy(output, person) }()
			testkit.Eventually(t, time.Minute, prompt, func() bool { return strings.Contains(output.String(), prompt) })
			require.NoError(t, unix.Kill(cmd.Process.Pid, unix.SIGINT))
			_ = cmd.Wait()
			require.Equal(t, 5, cmd.ProcessState.ExitCode(), output.String())
			state, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			require.NoError(t, err)
			require.NotZero(t, state.Lflag&unix.ECHO)
		})
	}
}

func TestCopyCommand_ReaderThatGoesAwayDoesNotStopIt(t *testing.T) {
	t.Parallel()
	c := newCopyRun(t, bigCopyTable()...)
	cmd := exec.Command(os.Args[0], c.args("--yes")...)
	cmd.Env = c.env()
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, stdout.Close())
	require.NoError(t, cmd.Wait())
	db := c.target.DB(c.into)
	defer db.Close()
	var rows int
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM big").Scan(&rows))
	require.Equal(t, 200_000, rows)
}
