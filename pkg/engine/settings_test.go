package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

func TestCopy_IsWholeWhereTheSourceEndsEverySelectAfterAFewRows(t *testing.T) {
	t.Parallel()
	for flavour, target := range map[localdb.Flavour]*localdb.Server{localdb.MariaDB: testkit.MariaDB(t), localdb.MySQL: testkit.MySQL(t)} {
		source, err := localdb.Start(t.Context(), localdb.Options{Dir: t.TempDir(), Flavour: flavour})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, source.Stop()) })
		c := newCopying(t, source, target, "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, c INT, d INT)", "INSERT INTO t (id) VALUES (1), (2), (3), (4), (5)")
		whole := sums(t, c.source, c.spec.SourceDatabase)
		testkit.Exec(t, source.DB(""), "SET GLOBAL sql_select_limit = 2")
		_, err = c.run(t, engine.Hooks{})
		require.NoError(t, err)
		assert.Equal(t, whole, sums(t, c.target, c.spec.TargetDatabase))
	}
}

func TestCopy_SourceThatEndsIdleTransactionsIsReadToTheEnd(t *testing.T) {
	t.Parallel()
	source := private(t, localdb.MariaDB)
	testkit.Exec(t, source.DB(""), "SET GLOBAL idle_transaction_timeout = 1, GLOBAL idle_readonly_transaction_timeout = 1, GLOBAL idle_write_transaction_timeout = 1")
	for _, executor := range []engine.Executor{engine.ExecutorNative, engine.ExecutorPipe} {
		c := newCopying(t, source, source, long[0], long[6], long[7], long[8], "INSERT INTO by_int SELECT n, REPEAT('x', 160) FROM numbers WHERE n < 6000", "ANALYZE TABLE by_int")
		allowLocal(t, c.target)
		c.spec.Executor, c.spec.Parallel, c.spec.Limits.BytesPerSecond = executor, 1, 256<<10
		_, err := c.run(t, engine.Hooks{})
		require.NoError(t, err, executor)
	}
}

func TestCopy_TablesInMemoryMayBeAsLargeAsOnTheSource(t *testing.T) {
	t.Parallel()
	for flavour, source := range map[localdb.Flavour]*localdb.Server{localdb.MariaDB: testkit.MariaDB(t), localdb.MySQL: testkit.MySQL(t)} {
		target := private(t, flavour)
		testkit.Exec(t, target.DB(""), "SET GLOBAL max_heap_table_size = 16384")
		for _, executor := range []engine.Executor{engine.ExecutorNative, engine.ExecutorPipe} {
			c := newCopying(t, source, target, long[6], long[7], long[8], "CREATE TABLE m (id INT PRIMARY KEY, b VARCHAR(200)) ENGINE=MEMORY", "INSERT INTO m SELECT n, 'x' FROM numbers WHERE n < 3000")
			allowLocal(t, c.target)
			c.spec.Executor = executor
			_, err := c.run(t, engine.Hooks{})
			require.NoError(t, err, "%s %s", flavour, executor)
			assert.Equal(t, sums(t, c.source, c.spec.SourceDatabase), sums(t, c.target, c.spec.TargetDatabase))
		}
	}
}

func TestCopy_TextsArriveWhereTheServersSetAnotherCharacterSet(t *testing.T) {
	t.Parallel()
	for _, flavour := range []localdb.Flavour{localdb.MariaDB, localdb.MySQL} {
		settings := map[string]string{"init_connect": "SET NAMES latin1"}
		servers := map[bool]*localdb.Server{}
		for _, set := range []bool{true, false} {
			server, err := localdb.Start(t.Context(), localdb.Options{Dir: t.TempDir(), Flavour: flavour, Settings: settings})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, server.Stop()) })
			servers[set], settings = server, nil
		}
		for _, test := range []struct {
			executor     engine.Executor
			source, sets bool // the source is the one that sets it, the target
		}{{engine.ExecutorNative, true, false}, {engine.ExecutorNative, false, true}, {engine.ExecutorPipe, false, true}} {
			c := newCopying(t, servers[test.source], servers[test.sets], "SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci", "ALTER DATABASE CHARACTER SET utf8mb4",
				"CREATE TABLE é (id INT PRIMARY KEY, ü VARCHAR(20) DEFAULT 'ü你' COMMENT '注释', CONSTRAINT ç CHECK (ü <> 'ß')) CHARSET utf8mb4 COMMENT '表'",
				"INSERT INTO é VALUES (1, DEFAULT), (2, 'grüße 你好 😀')", "CREATE VIEW ö AS SELECT ü FROM é WHERE ü <> '你'")
			allowLocal(t, c.target)
			user, password := testkit.User(t, c.source.Server, "GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON *.* TO %s")
			c.spec.Source.User, c.spec.Source.Password = user, secret.New(password)
			user, password = testkit.User(t, c.target.Server, "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, TRIGGER, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, EVENT ON *.* TO %s")
			c.spec.Target.User, c.spec.Target.Password = user, secret.New(password)
			c.spec.Executor = test.executor
			_, err := c.run(t, engine.Hooks{})
			require.NoError(t, err)
			for _, name := range []string{"é", "ö"} {
				from, to := engine.QName(c.spec.SourceDatabase, name), engine.QName(c.spec.TargetDatabase, name)
				assert.Equal(t, query(t, c.source.db, "SELECT * FROM "+from), query(t, c.target.db, "SELECT * FROM "+to))
				if name == "é" {
					assert.Equal(t, query(t, c.source.db, "SHOW CREATE TABLE "+from), query(t, c.target.db, "SHOW CREATE TABLE "+to))
				}
			}
		}
	}
}

func TestCopy_ProgramsOfAServerWithoutCaseWorkOnTheCopy(t *testing.T) {
	t.Parallel()
	source, err := localdb.Start(t.Context(), localdb.Options{Dir: t.TempDir(), Settings: map[string]string{"lower_case_table_names": "1"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, source.Stop()) })
	c := newCopying(t, source, source, "CREATE TABLE cart (id INT PRIMARY KEY)", "INSERT INTO cart VALUES (1)")
	testkit.Exec(t, source.DB(c.spec.SourceDatabase), "CREATE PROCEDURE empty_it() DELETE FROM "+strings.ToUpper(c.spec.SourceDatabase)+".cart")
	_, err = c.run(t, engine.Hooks{})
	require.NoError(t, err)
	testkit.Exec(t, c.target.db, "CALL "+c.spec.TargetDatabase+".empty_it()")
	assert.Equal(t, []string{"true:1"}, query(t, c.source.db, "SELECT id FROM "+c.spec.SourceDatabase+".cart"))
	assert.Empty(t, query(t, c.target.db, "SELECT id FROM "+c.spec.TargetDatabase+".cart"))

	spec := c.spec
	spec.SourceDatabase = strings.ToUpper(spec.SourceDatabase)
	isRefused(t, c, spec, "database_case")
	spec = c.spec
	spec.TargetDatabase = strings.ToUpper(spec.TargetDatabase)
	isRefused(t, c, spec, "database_case")
	spec.TargetDatabase += "_NEW"
	isRefused(t, c, spec, "database_case")
}

// isRefused makes sure that preflight blocks a spec by that code.
func isRefused(t *testing.T, c *copying, spec engine.Spec, code string) {
	t.Helper()
	_, findings, err := c.Preflight(t.Context(), spec)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(findings, func(f engine.Finding) bool { return f.Code == code && f.Level == engine.Block }), "%+v", findings)
}

func TestCopy_TriggerNamesItsTableAsItIsKept(t *testing.T) {
	t.Parallel()
	source, err := localdb.Start(t.Context(), localdb.Options{Settings: map[string]string{"lower_case_table_names": "1"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, source.Kill()) })
	for _, target := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		c := newCopying(t, source, target, "CREATE TABLE users (n INT)", "CREATE TRIGGER tr BEFORE INSERT ON Users FOR EACH ROW SET NEW.n = 7")
		_, err = c.run(t, engine.Hooks{})
		require.NoError(t, err)
		testkit.Exec(t, c.target.db, "INSERT INTO "+engine.QName(c.spec.TargetDatabase, "users")+" VALUES (1)")
		assert.Equal(t, []string{"true:7"}, query(t, c.target.db, "SELECT n FROM "+engine.QName(c.spec.TargetDatabase, "users")))
	}
}
