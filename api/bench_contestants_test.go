//go:build bench

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
)

// contestant is a way to copy the bench database to the target server.
type contestant struct {
	name    string
	mayFail bool // it is a program that may not know this server
	command func(folder string) *exec.Cmd
}

const (
	plainPipe    = "mysqldump | mysql"
	mydumperPair = "mydumper + myloader"
	copyAuto     = "overmind copy"
	copyPipe     = "overmind copy, pipe"
)

func newContestants(t *testing.T, source, target *benchServer) []contestant {
	dump, load := "mariadb-dump", "mariadb"
	option := ""
	if source.server.Flavour == localdb.MySQL {
		dump, load = mysqlClient(t, "mysqldump"), mysqlClient(t, "mysql")
		option = "--set-gtid-purged=OFF" // with the source's GTIDs a dump can be loaded once only
	}
	folder := t.TempDir()
	from, to := source.optionFile(t, folder), target.optionFile(t, folder)
	shell := func(script string) func(string) *exec.Cmd {
		return func(temp string) *exec.Cmd {
			return exec.Command("bash", "-o", "pipefail", "-c", strings.ReplaceAll(script, "TEMP", temp))
		}
	}
	overmind := func(engine string) func(string) *exec.Cmd {
		return func(string) *exec.Cmd {
			cmd := exec.Command(benchFile("bin", "overmind"), "copy", "--json", "--yes", "--engine", engine,
				"--from", fmt.Sprintf("mysql://root@127.0.0.1:%d/%s", source.server.Port, benchDatabase),
				"--to", fmt.Sprintf("mysql://root@127.0.0.1:%d/%s", target.server.Port, benchDatabase))
			cmd.Env = append(os.Environ(), "OVERMIND_FROM_PASSWORD="+source.server.RootPassword, "OVERMIND_TO_PASSWORD="+target.server.RootPassword)
			if source.server.Flavour == localdb.MySQL {
				cmd.Env = append(cmd.Env, "OVERMIND_CLIENT_DIRS="+filepath.Dir(mysqlClient(t, "mysql")))
			}
			return cmd
		}
	}
	list := []contestant{
		{plainPipe, false, shell(fmt.Sprintf("%s --defaults-file=%s --single-transaction %s --databases %s | %s --defaults-file=%s", dump, from, option, benchDatabase, load, to))},
		{mydumperPair, true, shell(mydumper("", from, to, source, target))},
		{copyAuto, false, overmind("auto")},
		{copyPipe, false, overmind("pipe")},
	}
	if dir := *benchMydumper; dir != "" {
		version, err := exec.Command(filepath.Join(dir, "mydumper"), "--version").Output()
		require.NoError(t, err)
		name, _, _ := strings.Cut(string(version), ",")
		list = append(list, contestant{name + " + myloader", true, shell(mydumper(dir+"/", from, to, source, target))})
	}
	return list
}

// mydumper is the script for the pair of programs in a folder. The loader writes no binary log unless told to. 4 threads
// are their default.
func mydumper(folder, from, to string, source, target *benchServer) string {
	return fmt.Sprintf("%[1]smydumper --defaults-file=%[2]s -h 127.0.0.1 -P %[3]d -B %[4]s -o TEMP && %[1]smyloader --defaults-file=%[5]s -h 127.0.0.1 -P %[6]d -e -d TEMP",
		folder, from, source.server.Port, benchDatabase, to, target.server.Port)
}

// benchRun is one copy: seconds of wall time, seconds of CPU of the client programs and of both servers, and the peak of
// the main client process' resident memory.
type benchRun struct {
	Wall   float64 `json:"wall"`
	Client float64 `json:"client_cpu"`
	Source float64 `json:"source_cpu"`
	Target float64 `json:"target_cpu"`
	PeakKB int64   `json:"peak_kb"`
}

func (c contestant) run(t *testing.T, source, target *benchServer) (benchRun, error) {
	t.Helper()
	temp, err := os.MkdirTemp(t.TempDir(), "")
	require.NoError(t, err)
	defer os.RemoveAll(temp)
	cmd := c.command(temp)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	before := [2]float64{serverCPU(t, source.pid), serverCPU(t, target.pid)}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return benchRun{}, err
	}
	peak := watchPeak(cmd.Process.Pid)
	err = cmd.Wait()
	run := benchRun{
		Wall: time.Since(began).Seconds(), Client: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(),
		Source: serverCPU(t, source.pid) - before[0], Target: serverCPU(t, target.pid) - before[1], PeakKB: peak(),
	}
	if err != nil {
		return run, fmt.Errorf("%w: %s", err, lastLines(append(stdout.Bytes(), stderr.Bytes()...)))
	}
	return run, nil
}

// serverCPU is how many seconds of CPU a process has used so far.
func serverCPU(t *testing.T, pid int) float64 {
	t.Helper()
	const ticks = 100 // in a second, on every Linux that Go runs on
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(stat), ") ") // a program's name may hold spaces
	fields := strings.Fields(rest)
	user, err1 := strconv.ParseFloat(fields[11], 64)
	system, err2 := strconv.ParseFloat(fields[12], 64)
	require.NoError(t, errors.Join(err1, err2))
	return (user + system) / ticks
}
