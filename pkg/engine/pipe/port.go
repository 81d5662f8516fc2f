package pipe

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// announcePort tells OnDump the local port of the dump's connection as soon as it has one: a server names a session's
// port, and mysqldump has no way to say which session is its own. The returned function ends the search.
func announcePort(dump *process, job *Job) func() {
	if job.OnDump == nil {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			if port, ok := localPort(dump.cmd.Process.Pid, job.Source.Port); ok {
				job.OnDump(port)
				return
			}
			select {
			case <-quit:
				return
			case <-dump.done:
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(quit); <-done }
}

// localPort finds a process's established connection to a remote port.
func localPort(pid, remote int) (int, bool) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, false
	}
	inodes := map[string]bool{}
	for _, e := range entries {
		if link, err := os.Readlink(dir + "/" + e.Name()); err == nil && strings.HasPrefix(link, "socket:[") {
			inodes[strings.TrimSuffix(strings.TrimPrefix(link, "socket:["), "]")] = true
		}
	}
	if len(inodes) == 0 {
		return 0, false
	}
	for _, table := range []string{"tcp", "tcp6"} {
		if port, ok := inTable(fmt.Sprintf("/proc/%d/net/%s", pid, table), inodes, remote); ok {
			return port, true
		}
	}
	return 0, false
}

// inTable searches /proc/net/tcp: number, local, remote, state, …, inode as the tenth field.
func inTable(path string, inodes map[string]bool, remote int) (int, bool) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	const established = "01"
	for lines := bufio.NewScanner(f); lines.Scan(); {
		field := strings.Fields(lines.Text())
		if len(field) < 10 || field[3] != established || !inodes[field[9]] {
			continue
		}
		if portOf(field[2]) == remote {
			return portOf(field[1]), true
		}
	}
	return 0, false
}

func portOf(address string) int {
	_, hex, _ := strings.Cut(address, ":")
	port, _ := strconv.ParseInt(hex, 16, 32)
	return int(port)
}
