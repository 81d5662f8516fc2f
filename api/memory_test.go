package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// A copy's memory: so much for itself, and so many times its largest row.
const (
	memoryBase = 96 << 20
	memoryRows = 7
)

func TestCopyCommand_MemoryDependsOnTheLargestRowOnly(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "overmind") // as it is shipped: the race detector takes memory too
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	settings := map[string]string{"max_allowed_packet": "256M", "innodb_log_file_size": "640M"}
	var servers [2]*localdb.Server
	for i := range servers {
		servers[i], err = localdb.Start(t.Context(), localdb.Options{Flavour: localdb.MariaDB, Settings: settings})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, servers[i].Stop()) })
	}
	for name, of := range map[string]struct{ tables, rows, bytes int }{
		"rows of 1 MB":  {1, 200, 1 << 20},
		"rows of 60 MB": {3, 1, 60 << 20},
	} {
		for _, local := range []string{"ON", "OFF"} {
			t.Run(name+", local_infile "+local, func(t *testing.T) {
				c := copyRun{source: servers[0], target: servers[1]}
				database, db := testkit.Database(t, c.source)
				into, target := testkit.Database(t, c.target)
				c.database, c.into = database, into
				testkit.Exec(t, target, "SET GLOBAL local_infile = "+local)
				for i := range of.tables {
					testkit.Exec(t, db, fmt.Sprintf("CREATE TABLE t%d (id INT PRIMARY KEY, b LONGBLOB NOT NULL)", i),
						fmt.Sprintf(`INSERT INTO t%d SELECT seq, REPEAT('tab\t', %d) FROM seq_1_to_%d`, i, of.bytes/4, of.rows),
						fmt.Sprintf("ANALYZE TABLE t%d", i))
				}
				cmd := exec.Command(program, c.args("--json", "--yes", "--engine", "native")...)
				cmd.Env = c.env()
				peak := runWithPeak(t, cmd)
				t.Logf("peak %d MB", peak>>20)
				assert.LessOrEqual(t, peak, memoryBase+memoryRows*of.bytes)
			})
		}
	}
}

// runWithPeak runs a command and returns its peak of resident memory.
func runWithPeak(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	require.NoError(t, cmd.Start())
	peak := watchPeak(cmd.Process.Pid)
	require.NoError(t, cmd.Wait(), "%s", &output)
	return int(peak()) << 10
}

// watchPeak reads a process' peak of resident memory in kB until the process ends; the peak only rises. The kernel's
// account at its end would do, did it not begin with the memory of the process that started it.
func watchPeak(pid int) (peak func() int64) {
	quit, done := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		var last int64
		for {
			last = max(last, peakMemory(pid))
			select {
			case <-quit:
				done <- last
				return
			case <-tick.C:
			}
		}
	}()
	return func() int64 { close(quit); return <-done }
}

// peakMemory is VmHWM in kB; 0 where the process is gone.
func peakMemory(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kb
		}
	}
	return 0
}
