package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/testkit"
)

// A command that is killed while it waits for the exchange has taken the target's triggers off. What it kept in its file
// brings them back.
func TestCopyCommand_KilledAtTheExchangeIsRecovered(t *testing.T) {
	t.Parallel()
	c := newCopyRun(t, "CREATE TABLE a (id INT)", "CREATE TABLE b (id INT)", "INSERT INTO b VALUES (1)")
	db := c.target.DB("")
	defer db.Close()
	testkit.Exec(t, db, "CREATE DATABASE "+c.into, "CREATE TABLE "+c.into+".a (old INT)", "CREATE TABLE "+c.into+".b (old INT)",
		"CREATE TRIGGER "+c.into+".stamp BEFORE INSERT ON "+c.into+".b FOR EACH ROW SET NEW.old = 7")
	user, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer user.Close()
	_, err = user.ExecContext(t.Context(), "LOCK TABLES "+c.into+".a READ")
	require.NoError(t, err)

	args := c.args("--json", "--yes", "--if-exists", "replace")
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = c.env()
	require.NoError(t, cmd.Start())
	renames := func() (n int) {
		require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE ? AND STATE LIKE 'Waiting for table%'",
			"RENAME TABLE%"+c.into+"%").Scan(&n))
		return n
	}
	testkit.Eventually(t, time.Minute, "the exchange waits", func() bool { return renames() > 0 })
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()

	_, err = user.ExecContext(t.Context(), "UNLOCK TABLES")
	require.NoError(t, err)
	again, _ := copyProgram(t, c.env(), args...)
	require.Equal(t, exitRefused, again.ExitCode)
	require.Equal(t, "recover_first", again.Error.Code)
	files, err := filepath.Glob(filepath.Join(c.state, "overmind", "copies", "*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	for _, secret := range []string{c.source.RootPassword, c.target.RootPassword} {
		text, err := os.ReadFile(files[0])
		require.NoError(t, err)
		require.NotContains(t, string(text), secret)
	}

	result, _ := copyProgram(t, c.env(), "copy", "--json", "--recover", files[0])
	require.Contains(t, []int{exitCopied, exitFailed}, result.ExitCode, result.Error.Message)
	var triggers, schemas int
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?", c.into).Scan(&triggers))
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE ?", filepath.Base(files[0])+"%").Scan(&schemas))
	require.Equal(t, result.ExitCode == exitFailed, triggers == 1, "%d %d", result.ExitCode, triggers)
	require.Zero(t, schemas)
	require.NoFileExists(t, files[0])

	result, _ = copyProgram(t, c.env(), args...)
	require.Equal(t, exitCopied, result.ExitCode, result.Error.Message)
}

func TestCopyCommand_KeepsNoStateWhereOthersCanWrite(t *testing.T) {
	t.Parallel()
	c := newCopyRun(t, "CREATE TABLE a (id INT)")
	folder := filepath.Join(c.state, "overmind", "copies")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.Chmod(folder, 0o777))
	forged := filepath.Join(folder, "_om_aaaaaaaa_0")
	to := c.args()[4]
	require.NoError(t, os.WriteFile(forged, []byte(`{"to":"`+to+`","intent":{"names":{}}}`+"\n"), 0o600))
	temporary := t.TempDir()
	env := append(c.env(), "TMPDIR="+temporary)
	result, _ := copyProgram(t, env, c.args("--json")...)
	require.Equal(t, exitCopied, result.ExitCode, result.Error.Message)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 1, "the forged one")
	require.DirExists(t, filepath.Join(temporary, fmt.Sprintf("overmind-%d", os.Getuid())))
}

func TestCopyCommand_RecoversNothingThatIsNoState(t *testing.T) {
	t.Parallel()
	c := newCopyRun(t)
	file := filepath.Join(t.TempDir(), "state")
	for _, text := range []string{"", "{}", "no\n", "{\"to\":\n"} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		result, _ := copyProgram(t, c.env(), "copy", "--json", "--recover", file)
		require.Equal(t, exitUsage, result.ExitCode, text)
	}
	result, _ := copyProgram(t, c.env(), "copy", "--json", "--recover", file, "--to", "mysql://root@localhost/x")
	require.Equal(t, exitUsage, result.ExitCode)
}
