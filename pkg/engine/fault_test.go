package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/testkit"
)

// enough is a number of rows that takes several looks at the progress to copy.
const enough = 150_000

// bigTable is a table with a key that is built after its rows are in.
func bigTable(rows int) []string {
	return []string{
		"CREATE TABLE big (id INT PRIMARY KEY, body VARCHAR(255) NOT NULL, KEY b (body(20)))",
		fmt.Sprintf("INSERT INTO big SELECT seq, CONCAT(MD5(seq), REPEAT('x', 200)) FROM seq_1_to_%d", rows),
	}
}

// children are the processes below ours whose command line holds text.
func children(text string) []int {
	var list []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		line, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if bytes.Contains(line, []byte("--defaults-file=/dev/fd/3")) && bytes.Contains(line, []byte(text)) {
			list = append(list, pid)
		}
	}
	return list
}

// onRows calls act once, when some rows have been sent.
func onRows(act func()) engine.Hooks {
	var once sync.Once
	return engine.Hooks{Progress: func(p engine.Progress) {
		if p.RowsDone > 0 {
			once.Do(act)
		}
	}}
}

func (c *copying) untouched(t *testing.T) {
	t.Helper()
	assert.Equal(t, []string{"true:1"}, query(t, c.target.db, "SELECT * FROM "+engine.QName(c.spec.TargetDatabase, "big")))
	assert.Empty(t, children(c.spec.SourceDatabase))
	assert.Empty(t, children(c.names.Staging))
	c.gone(t)
}

// newReplacing is a big table that would replace a small one.
func newReplacing(t *testing.T, o engine.Options, rows int) *copying {
	t.Helper()
	c := newCopyingWith(t, o, testkit.MariaDB(t), testkit.SecondMariaDB(t), bigTable(rows)...)
	testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase, "CREATE TABLE "+c.spec.TargetDatabase+".big (a INT)", "INSERT INTO "+c.spec.TargetDatabase+".big VALUES (1)")
	c.spec.IfExists = engine.Replace
	c.spec.Executor = engine.ExecutorPipe
	return c
}

func TestCopy_DumpKilledAtHalfFailsAndLeavesNothing(t *testing.T) {
	t.Parallel()
	c := newReplacing(t, engine.Options{}, enough)
	_, err := c.run(t, onRows(func() {
		for _, pid := range children(c.spec.SourceDatabase) {
			require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
		}
	}))
	require.True(t, fault.Is(err, "dump_failed"), "%v", err)
	require.ErrorContains(t, err, "killed by signal")
	c.untouched(t)
}

func TestCopy_ClientKilledAtHalfFailsAndLeavesNothing(t *testing.T) {
	t.Parallel()
	c := newReplacing(t, engine.Options{}, enough)
	_, err := c.run(t, onRows(func() {
		for i, pid := range children(c.names.Staging) {
			err := syscall.Kill(pid, syscall.SIGKILL)
			require.True(t, err == nil || i > 0 && errors.Is(err, syscall.ESRCH), "the first to die ends the others: %v", err)
		}
	}))
	require.True(t, fault.Is(err, "load_failed"), "%v", err)
	c.untouched(t)
}

func TestCopy_CancelledAtHalfLeavesNothing(t *testing.T) {
	t.Parallel()
	c := newReplacing(t, engine.Options{}, enough)
	plan := c.plan(t)
	ctx, cancel := context.WithCancel(t.Context())
	var cancelled time.Time
	_, err := c.Copy(ctx, c.spec, plan, c.names, onRows(func() { cancelled = time.Now(); cancel() }))
	require.True(t, fault.Is(err, "cancelled"), "%v", err)
	require.False(t, cancelled.IsZero())
	c.untouched(t)
}

func TestCopy_TableAlteredDuringTheLoadFailsAndLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, executor := range []engine.Executor{engine.ExecutorNative, engine.ExecutorPipe} {
		for name, alter := range map[string]string{
			"Exchanged": "RENAME TABLE later TO earlier, ready TO later", "Altered": "ALTER TABLE later ADD COLUMN more INT", "Renamed": "RENAME TABLE later TO other", "Dropped": "DROP TABLE later",
		} {
			t.Run(string(executor)+"/"+name, func(t *testing.T) {
				t.Parallel()
				c := newReplacing(t, engine.Options{}, enough)
				c.spec.Executor = executor
				source := c.source.DB(c.spec.SourceDatabase)
				t.Cleanup(func() { require.NoError(t, source.Close()) })
				testkit.Exec(t, source, "CREATE TABLE later (id INT PRIMARY KEY)", "INSERT INTO later VALUES (1)", "DO SLEEP(1)", "CREATE TABLE ready LIKE later")
				c.spec.Tables = []string{"big", "later"}
				_, err := c.run(t, onRows(func() { testkit.Exec(t, source, alter) }))
				require.True(t, fault.Is(err, "source_changed"), "%v", err)
				c.untouched(t)
			})
		}
	}
}

func TestCopy_CommitRefusedLeavesNothing(t *testing.T) {
	t.Parallel()
	c := newReplacing(t, engine.Options{}, 10)
	_, err := c.run(t, engine.Hooks{Commit: func(context.Context, engine.Intent) error {
		return fault.New(fault.Conflict, "too_late", "No.")
	}})
	require.True(t, fault.Is(err, "too_late"), "%v", err)
	c.untouched(t)
}

func TestCopy_SessionsKilledOnTheServersFail(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{"source": "source_lost", "target": "target_lost"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newReplacing(t, engine.Options{}, enough)
			side, statement := c.source, "SELECT CONCAT('KILL ', ID) FROM information_schema.PROCESSLIST WHERE USER = ? AND INFO LIKE 'SELECT /*!40001%'"
			if name == "target" {
				side, statement = c.target, "SELECT CONCAT('KILL ', ID) FROM information_schema.PROCESSLIST WHERE USER = ? AND DB = '"+c.names.Staging+"'"
			}
			_, err := c.run(t, onRows(func() {
				for _, kill := range query(t, side.db, statement, side.at.User) {
					_, err := side.db.Exec(strings.TrimPrefix(kill, "true:"))
					require.NoError(t, err)
				}
			}))
			require.True(t, fault.Is(err, code), "%v", err)
			c.untouched(t)
		})
	}
}

// fakeDump is a dump program that runs a shell line on the real one's output.
func fakeDump(t *testing.T, filter string) engine.Options {
	t.Helper()
	dir := t.TempDir()
	real, err := exec.LookPath("mariadb-dump")
	require.NoError(t, err)
	script := fmt.Sprintf("#!/bin/bash\ncase \"$*\" in *--help*|*--version*) exec %[1]s \"$@\";; esac\n%[1]s \"$@\" | %[2]s\nexit ${CODE:-0}\n", real, filter)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mariadb-dump"), []byte(script), 0o700))
	return engine.Options{ClientDirs: []string{dir}}
}

func TestCopy_DumpThatIsNotWholeFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ filter, code string }{
		"cut at the end of a statement":  {"sed '0,/^INSERT/!{/^INSERT/,$d}'", "dump_truncated"},
		"cut within a row":               {"head -c 300000", "dump_truncated"},
		"only the trailer missing":       {"grep -v 'Dump completed'", "dump_truncated"},
		"another database's rows":        {"sed 's/^INSERT INTO `big`/INSERT INTO `other`/'", "dump_unexpected"},
		"a statement that is not a row":  {"sed '1iDROP TABLE big;'", "dump_unexpected"},
		"a client command in a comment":  {"sed '1i-- x\\n\\\\! touch /tmp/overmind-pwned'", "dump_unexpected"},
		"a client command in its header": {"sed '1i\\\\! touch /tmp/overmind-pwned'", "dump_unexpected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newReplacing(t, fakeDump(t, test.filter), 20_000)
			_, err := c.run(t, engine.Hooks{})
			require.True(t, fault.Is(err, test.code), "%v", err)
			assert.NoFileExists(t, "/tmp/overmind-pwned")
			c.untouched(t)
		})
	}
}

func TestCopy_PasswordIsNowhereToBeSeen(t *testing.T) {
	t.Parallel()
	c := newReplacing(t, engine.Options{}, enough)
	secrets := [][]byte{[]byte(c.spec.Source.Password.Reveal()), []byte(c.spec.Target.Password.Reveal())}
	stop, seen, looked := make(chan struct{}), make(chan string, 1), 0
	var watcher sync.WaitGroup
	watcher.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, file := range []string{"cmdline", "environ"} {
				paths, _ := filepath.Glob("/proc/[0-9]*/" + file)
				for _, path := range paths {
					content, _ := os.ReadFile(path)
					looked++
					for _, s := range secrets {
						if bytes.Contains(content, s) {
							select {
							case seen <- path + ": " + string(content):
							default:
							}
						}
					}
				}
			}
		}
	})
	_, err := c.run(t, engine.Hooks{})
	close(stop)
	watcher.Wait()
	require.NoError(t, err)
	require.Positive(t, looked)
	require.Empty(t, seen)
}

func TestCopy_TwoIntoOneDatabaseDoNotRunTogether(t *testing.T) {
	t.Parallel()
	c := newReplacing(t, engine.Options{}, 10)
	plan := c.plan(t)
	var busy error
	_, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{Commit: func(context.Context, engine.Intent) error {
		_, busy = c.Copy(t.Context(), c.spec, plan, engine.NewNames(2), engine.Hooks{})
		return nil
	}})
	require.NoError(t, err)
	require.True(t, fault.Is(busy, "target_busy"), "%v", busy)
}

func TestCopy_TableInUseAtTheSwapLeavesTheTargetAsBefore(t *testing.T) {
	t.Parallel()
	for _, trigger := range []string{"item", "note"} { // the table in use, and one that is exchanged with it
		for name, pair := range pairs(t) {
			t.Run("trigger on "+trigger+", "+name, func(t *testing.T) {
				t.Parallel()
				c := newShop(t, pair[0], pair[1])
				testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase)
				to := c.target.DB(c.spec.TargetDatabase)
				defer to.Close()
				testkit.Exec(t, to, "CREATE TABLE big (a INT)", "INSERT INTO big VALUES (1)", "CREATE TABLE item (old INT)", "CREATE TABLE note (old INT)",
					"CREATE TRIGGER old_trigger BEFORE INSERT ON "+trigger+" FOR EACH ROW SET NEW.old = 1")
				c.spec.IfExists = engine.Replace
				c.GiveUpSoon()
				user, err := to.Conn(t.Context())
				require.NoError(t, err)
				defer user.Close()
				_, err = c.run(t, engine.Hooks{Commit: func(ctx context.Context, _ engine.Intent) error {
					_, err := user.ExecContext(ctx, "LOCK TABLES item READ")
					return err
				}})
				require.True(t, fault.Is(err, "swap_failed"), "%v", err)
				c.untouched(t)
				assert.Equal(t, []string{"true:old_trigger"}, query(t, to, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"))
			})
		}
	}
}

func TestCopy_OntoItselfIsRefused(t *testing.T) {
	t.Parallel()
	c := newReplacing(t, engine.Options{}, 10)
	c.spec.Target, c.spec.TargetDatabase = c.spec.Source, c.spec.SourceDatabase
	_, err := c.Copy(t.Context(), c.spec, engine.Plan{}, c.names, engine.Hooks{})
	require.True(t, fault.Is(err, "same_database"), "%v", err)
}

func TestCopy_ToAnotherCaseOfItsNameIsACopyWhereNamesHaveCase(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t), "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (7)")
	c.spec.Target, c.spec.TargetDatabase = c.spec.Source, strings.ToUpper(c.spec.SourceDatabase)
	t.Cleanup(func() {
		_, err := c.source.db.Exec("DROP DATABASE IF EXISTS " + c.spec.TargetDatabase)
		require.NoError(t, err)
	})
	_, err := c.run(t, engine.Hooks{})
	require.NoError(t, err)
	assert.Equal(t, []string{"true:7"}, query(t, c.source.db, "SELECT a FROM "+c.spec.TargetDatabase+".t"))
}

func TestCopy_TargetThatComesBackIsCleanedUp(t *testing.T) {
	t.Parallel()
	c := newReplacing(t, engine.Options{}, enough)
	relay := testkit.NewRelay(t, c.spec.Target.Port)
	c.spec.Target.Port = relay.Port
	hooks := onRows(func() {
		relay.Cut()
		time.AfterFunc(3*time.Second, relay.Mend)
	})
	_, err := c.run(t, hooks)
	require.True(t, fault.Is(err, "target_lost"), "%v", err)
	require.NotContains(t, err.Error(), "staging")
	c.untouched(t)
}
