package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

// copyRun is `overmind copy` between two servers.
type copyRun struct {
	source, target *localdb.Server
	database, into string
	state          string // folder
}

func newCopyRun(t *testing.T, statements ...string) *copyRun {
	t.Helper()
	c := &copyRun{source: testkit.MariaDB(t), target: testkit.SecondMariaDB(t), state: t.TempDir()}
	db := c.target.DB("")
	name, from := testkit.Database(t, c.source)
	testkit.Exec(t, from, statements...)
	c.database, c.into = name, "to_"+name
	t.Cleanup(func() {
		_, err := db.Exec("DROP DATABASE IF EXISTS " + c.into)
		require.NoError(t, errors.Join(err, db.Close()))
	})
	return c
}

func (c *copyRun) env() []string {
	return []string{
		asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "XDG_STATE_HOME=" + c.state,
		"OVERMIND_FROM_PASSWORD=" + c.source.RootPassword, "OVERMIND_TO_PASSWORD=" + c.target.RootPassword,
	}
}

func (c *copyRun) args(more ...string) []string {
	return append([]string{
		"copy", "--from", fmt.Sprintf("mysql://root@127.0.0.1:%d/%s", c.source.Port, c.database),
		"--to", fmt.Sprintf("mysql://root@127.0.0.1:%d/%s", c.target.Port, c.into),
	}, more...)
}

// resultLine is the last line of a copy's output.
type resultLine struct {
	Type     string               `json:"type"`
	Status   string               `json:"status"`
	ExitCode int                  `json:"exit_code"`
	Tables   []engine.TableResult `json:"tables"`
	Error    struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// copyProgram runs the program to its end and checks what holds for every run: each line is JSON, the last is the
// result, and it has the process's exit code.
func copyProgram(t *testing.T, env []string, args ...string) (resultLine, []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	return readResult(t, stdout.Bytes(), cmd, err)
}

func readResult(t *testing.T, stdout []byte, cmd *exec.Cmd, err error) (resultLine, []string) {
	t.Helper()
	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(t, err, &exit)
	}
	var types []string
	var last resultLine
	for lines := bufio.NewScanner(bytes.NewReader(stdout)); lines.Scan(); {
		last = resultLine{}
		require.NoErrorf(t, json.Unmarshal(lines.Bytes(), &last), "%s", lines.Text())
		types = append(types, last.Type)
	}
	require.Equalf(t, "result", last.Type, "%s", stdout)
	require.Equalf(t, cmd.ProcessState.ExitCode(), last.ExitCode, "%s", stdout)
	return last, types
}

func TestCopyCommand_CopiesAndSaysSo(t *testing.T) {
	t.Parallel()
	c := newCopyRun(t, "CREATE TABLE a (id INT PRIMARY KEY, s VARCHAR(20))", "INSERT INTO a VALUES (1, '😀'), (2, NULL)", "CREATE TABLE `b,c\\d` (x INT)", "INSERT INTO `b,c\\d` VALUES (1)")
	env := append(c.env(), "OVERMIND_FROM_PASSWORD=wrong")
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte(c.source.RootPassword+"\n"), 0o600))

	result, types := copyProgram(t, env, c.args("--from-password-file", file, "--preflight-only")...)
	require.Equal(t, 0, result.ExitCode, result.Error.Message)
	require.Equal(t, "checked", result.Status)
	require.Equal(t, "plan", types[0])

	result, types = copyProgram(t, env, c.args("--from-password-file", file, "--tables", `a,b\,c\\d`, "--json")...)
	require.Equal(t, 0, result.ExitCode, result.Error.Message)
	require.Equal(t, "copied", result.Status)
	require.Len(t, result.Tables, 2)
	assert.EqualValues(t, 2, result.Tables[0].Rows)
	assert.Equal(t, engine.ExecutorNative, result.Tables[0].Executor)
	assert.Contains(t, types, "progress")

	result, _ = copyProgram(t, env, c.args("--from-password-file", file, "--tables", "a")...)
	require.Equal(t, 3, result.ExitCode)
	require.Equal(t, "target_exists", result.Error.Code)

	result, _ = copyProgram(t, env, c.args("--from-password-file", file, "--tables", "a", "--if-exists", "replace", "--yes", "--content", "structure")...)
	require.Equal(t, 0, result.ExitCode, result.Error.Message)
	db := c.target.DB(c.into)
	defer db.Close()
	var rows, left int
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM a").Scan(&rows))
	require.Zero(t, rows)
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '\\_om\\_%\\_0\\_old'").Scan(&left))
	require.Zero(t, left, "the replaced tables are dropped")
}

func TestCopyCommand_UsageIsExitCode2(t *testing.T) {
	t.Parallel()
	const from, to = "mysql://u@h/a", "mysql://u@h/b"
	env := []string{asProgram + "=1", "OVERMIND_FROM_PASSWORD=", "OVERMIND_TO_PASSWORD="}
	for name, args := range map[string][]string{
		"nothing":              {},
		"unknown flag":         {"--from", from, "--to", to, "--fast"},
		"argument":             {"--from", from, "--to", to, "x"},
		"no target":            {"--from", from},
		"no database":          {"--from", "mysql://u@h", "--to", to},
		"no user":              {"--from", "mysql://h/a", "--to", to},
		"other scheme":         {"--from", "postgres://u@h/a", "--to", to},
		"password in the URL":  {"--from", "mysql://u:p@h/a", "--to", to},
		"empty password there": {"--from", "mysql://u:@h/a", "--to", to},
		"options in the URL":   {"--from", from + "?allowAllFiles=true", "--to", to},
		"fragment":             {"--from", from + "#x", "--to", to},
		"two databases":        {"--from", from + "/b", "--to", to},
		"port":                 {"--from", "mysql://u@h:65536/a", "--to", to},
		"choice":               {"--from", from, "--to", to, "--if-exists", "merge"},
		"engine":               {"--from", from, "--to", to, "--engine", "magic"},
		"tls":                  {"--from", from, "--to", to, "--tls", "yes"},
		"parallel":             {"--from", from, "--to", to, "--parallel", "-1"},
		"rate":                 {"--from", from, "--to", to, "--max-mb-per-second", "-1"},
		"too few connections":  {"--from", from, "--to", to, "--max-connections", "5"},
		"empty table":          {"--from", from, "--to", to, "--tables", "a,,b"},
		"dangling backslash":   {"--from", from, "--to", to, "--tables", `a\`},
		"no password file":     {"--from", from, "--to", to, "--from-password-file", "/nonexistent"},
	} {
		result, _ := copyProgram(t, env, append([]string{"copy"}, args...)...)
		assert.Equalf(t, 2, result.ExitCode, "%s: %+v", name, result)
		assert.Equal(t, "usage", result.Error.Code, name)
	}
	result, _ := copyProgram(t, env[:2], "copy", "--from", from, "--to", to)
	assert.Equal(t, 2, result.ExitCode, "no password and no terminal")
	assert.Contains(t, result.Error.Message, "OVERMIND_TO_PASSWORD")
}

func TestCopyCommand_RefusalIsExitCode3(t *testing.T) {
	t.Parallel()
	c := newCopyRun(t, "CREATE TABLE a (id INT PRIMARY KEY)", "CREATE TABLE `n\nl` (id INT PRIMARY KEY)")
	for name, test := range map[string]struct {
		args []string
		code string
	}{
		"unreachable":           {[]string{"--to", "mysql://root@127.0.0.1:1/x"}, "target_unreachable"},
		"newline in a name":     {[]string{"--engine", "pipe"}, "name_not_supported"},
		"option as a database":  {[]string{"--from", fmt.Sprintf("mysql://root@127.0.0.1:%d/--result-file=x", c.source.Port)}, "name_leading_dash"},
		"system schema":         {[]string{"--from", fmt.Sprintf("mysql://root@127.0.0.1:%d/MySQL", c.source.Port)}, "system_schema"},
		"missing database":      {[]string{"--from", fmt.Sprintf("mysql://root@127.0.0.1:%d/nothing_here", c.source.Port)}, "source_database_missing"},
		"wrong password":        {[]string{"--from", fmt.Sprintf("mysql://nobody@127.0.0.1:%d/x", c.source.Port)}, "source_unreachable"},
		"TLS that is not there": {[]string{"--tls", "verify-full"}, "source_unreachable"},
	} {
		result, _ := copyProgram(t, c.env(), c.args(test.args...)...)
		assert.Equalf(t, 3, result.ExitCode, "%s: %+v", name, result)
		assert.Equal(t, test.code, result.Error.Code, name)
	}
}

// startCopy starts a copy by client programs and returns once it has sent rows.
func (c *copyRun) startCopy(t *testing.T) (*exec.Cmd, *lockedBuffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0], c.args("--yes", "--engine", "pipe")...)
	cmd.Env = c.env()
	output := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = output, os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	testkit.Eventually(t, time.Minute, "rows are sent", func() bool { return strings.Contains(output.String(), `"phase":"load"`) })
	return cmd, output
}

func bigCopyTable() []string {
	return []string{"CREATE TABLE big (id INT PRIMARY KEY, body VARCHAR(255) NOT NULL)", "INSERT INTO big SELECT seq, CONCAT(MD5(seq), REPEAT('x', 200)) FROM seq_1_to_200000"}
}

// clients counts the client programs that work for a copy.
func (c *copyRun) clients(t *testing.T) int {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	n := 0
	for _, path := range paths {
		line, _ := os.ReadFile(path) // the process may have ended
		if bytes.Contains(line, []byte("--defaults-file=/dev/fd/3")) && bytes.Contains(line, []byte(c.database)) {
			n++
		}
	}
	return n
}

func TestCopyCommand_SignalBeforeTheCommitPointIsExitCode5(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			c := newCopyRun(t, bigCopyTable()...)
			cmd, output := c.startCopy(t)
			require.NoError(t, cmd.Process.Signal(signal))
			result, _ := readResult(t, waitFor(cmd, output), cmd, nil)
			require.Equal(t, 5, result.ExitCode)
			require.Equal(t, "cancelled", result.Error.Code)
			require.Zero(t, c.clients(t))
			db := c.target.DB("")
			defer db.Close()
			var there int
			require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", c.into).Scan(&there))
			require.Zero(t, there)
		})
	}
}

// waitFor waits for the end and returns the output.
func waitFor(cmd *exec.Cmd, output *lockedBuffer) []byte {
	_ = cmd.Wait()
	return []byte(output.String())
}

func TestCopyCommand_KilledLeavesNoClientAndNothingButStaging(t *testing.T) {
	t.Parallel()
	c := newCopyRun(t, bigCopyTable()...)
	cmd, _ := c.startCopy(t)
	testkit.Eventually(t, time.Minute, "the dump runs", func() bool { return c.clients(t) > 0 })
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	testkit.Eventually(t, 60*time.Second, "the clients end with the program", func() bool { return c.clients(t) == 0 })

	e := engine.New(engine.Options{})
	at := engine.Endpoint{Host: "127.0.0.1", Port: c.target.Port, User: "root", Password: secret.New(c.target.RootPassword)}
	db := c.target.DB("")
	defer db.Close()
	var staging string
	require.NoError(t, db.QueryRow("SELECT TABLE_SCHEMA FROM information_schema.TABLES WHERE TABLE_NAME = 'big' AND TABLE_SCHEMA LIKE '\\_om\\_%'").Scan(&staging))
	list, err := e.ListStaging(t.Context(), at)
	require.NoError(t, err)
	found := false
	for _, s := range list {
		found = found || s.Name == staging
	}
	require.True(t, found)
	require.NoError(t, e.DropStaging(t.Context(), at, staging))
	require.Error(t, e.DropStaging(t.Context(), at, "mysql"))
}

func TestSplitTables_CommasAndBackslashesInNames(t *testing.T) {
	t.Parallel()
	names, err := splitTables([]string{`a,b\,c`, `d\\e`, "x y"})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b,c", `d\e`, "x y"}, names)
}

func TestParseURL_DecodesItsParts(t *testing.T) {
	t.Parallel()
	at, database, err := parseURL("from", "mysql://us%40er@[::1]:3307/my%20db")
	require.NoError(t, err)
	require.Equal(t, engine.Endpoint{Host: "::1", Port: 3307, User: "us@er"}, at)
	require.Equal(t, "my db", database)
	at, _, err = parseURL("to", "mysql://u@h")
	require.NoError(t, err)
	require.Equal(t, 3306, at.Port)
}
