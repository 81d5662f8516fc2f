package engine_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/engine/processlist"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestCopy_TableHeldAtTheExchangeKeepsEveryTrigger(t *testing.T) {
	t.Parallel()
	replacing(t, []string{"CREATE TABLE a (v INT)", "CREATE TABLE b (v INT)"}, []string{
		"CREATE TABLE a (v INT)", "CREATE TABLE b (v INT)",
		"CREATE TRIGGER on_a BEFORE INSERT ON a FOR EACH ROW SET NEW.v = 1",
		"CREATE TRIGGER then_on_a BEFORE INSERT ON a FOR EACH ROW SET NEW.v = NEW.v + 1",
		"CREATE TRIGGER on_b BEFORE INSERT ON b FOR EACH ROW SET NEW.v = 2",
	}, func(t *testing.T, c *copying, to *sql.DB) {
		plan := c.plan(t)

		holder, err := to.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = holder.Exec("INSERT INTO b VALUES (0)")
		require.NoError(t, err)
		c.GiveUpSoon()
		_, err = c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
		require.True(t, fault.Is(err, "swap_failed"), "%v", err)
		require.NoError(t, holder.Rollback())

		assert.Equal(t, []string{"true:on_a", "true:then_on_a", "true:on_b"},
			query(t, to, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY EVENT_OBJECT_TABLE, ACTION_ORDER"))
		c.gone(t)
	})
}

func TestCopy_TriggersStayOnWhileTheExchangeWaits(t *testing.T) {
	t.Parallel()
	replacing(t, []string{"CREATE TABLE a (v INT)", "CREATE TABLE b (v INT)"}, []string{
		"CREATE TABLE a (v INT)", "CREATE TABLE b (v INT)", "CREATE TRIGGER on_b BEFORE INSERT ON b FOR EACH ROW SET NEW.v = 2",
	}, func(t *testing.T, c *copying, to *sql.DB) {
		plan := c.plan(t)
		holder := holding(t, to, "a")
		copied := make(chan error, 1)
		go func() {
			_, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
			copied <- err
		}()
		for range 2 {
			testkit.Eventually(t, time.Minute, "the exchange waits", func() bool { return c.waits(t, "RENAME TABLE") })
			assert.Equal(t, []string{"true:on_b"}, query(t, to, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"))
			testkit.Eventually(t, time.Minute, "it gives way", func() bool { return !c.waits(t, "RENAME TABLE") })
		}
		require.NoError(t, holder.Commit())
		require.NoError(t, <-copied)
		assert.Empty(t, query(t, to, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"))
	})
}

// MySQL waits for the tables that a foreign key leads to, and their users wait behind it.
func TestCopy_GivesWayToUsersOfATableThatItsForeignKeysLeadTo(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MySQL(t), testkit.SecondMySQL(t), "CREATE TABLE parent (id INT PRIMARY KEY)", "INSERT INTO parent VALUES (1)",
		"CREATE TABLE child (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES parent (id))", "INSERT INTO child VALUES (1)")
	c.spec.Tables = []string{"child"}
	testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase)
	to := c.target.DB(c.spec.TargetDatabase)
	defer to.Close()
	testkit.Exec(t, to, "CREATE TABLE parent (id INT PRIMARY KEY)", "INSERT INTO parent VALUES (1)")
	plan := c.plan(t)
	holder := holding(t, to, "parent")
	copied := make(chan error, 1)
	go func() {
		_, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
		copied <- err
	}()
	other, err := to.Conn(t.Context())
	require.NoError(t, err)
	defer other.Close()
	_, err = other.ExecContext(t.Context(), "SET SESSION lock_wait_timeout=10")
	require.NoError(t, err)
	for range 2 {
		testkit.Eventually(t, time.Minute, "the copy waits for the parent", func() bool { return c.waits(t, "ALTER TABLE") })
		_, err = other.ExecContext(t.Context(), "DO (SELECT COUNT(*) FROM parent)")
		require.NoError(t, err, "it waits behind the copy for one turn only")
	}
	require.NoError(t, holder.Commit())
	require.NoError(t, <-copied)
	assert.Equal(t, []string{"true:1"}, query(t, to, "SELECT id FROM child"))
	c.gone(t)
}

func TestCopy_WaitsForABackupToMakeTheDatabase(t *testing.T) {
	t.Parallel()
	target := private(t, localdb.MySQL)
	c := newCopying(t, testkit.MariaDB(t), target, "CREATE TABLE a (v INT)", "INSERT INTO a VALUES (1)")
	backup, err := c.target.db.Conn(t.Context())
	require.NoError(t, err)
	defer backup.Close()
	unlocked := make(chan error, 1)
	_, err = c.run(t, engine.Hooks{Commit: func(ctx context.Context, _ engine.Intent) error {
		_, err := backup.ExecContext(ctx, "LOCK INSTANCE FOR BACKUP")
		time.AfterFunc(engine.SwapTurn+time.Second, func() {
			_, err := backup.ExecContext(context.WithoutCancel(ctx), "UNLOCK INSTANCE")
			unlocked <- err
		})
		return err
	}})
	require.NoError(t, err)
	require.NoError(t, <-unlocked)
	assert.Equal(t, []string{"true:1"}, query(t, c.target.db, "SELECT v FROM "+engine.QName(c.spec.TargetDatabase, "a")))
}

func TestCopy_GivesWayToUsersOfARoutineThatItReplaces(t *testing.T) {
	t.Parallel()
	replacing(t, []string{"CREATE TABLE a (v INT)", "CREATE FUNCTION f(v INT) RETURNS INT DETERMINISTIC NO SQL RETURN v + 2"}, []string{
		"CREATE FUNCTION f(v INT) RETURNS INT DETERMINISTIC NO SQL RETURN v + 1",
	}, func(t *testing.T, c *copying, to *sql.DB) {
		plan := c.plan(t)
		holder, err := to.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		var v int
		require.NoError(t, holder.QueryRow("SELECT f(1)").Scan(&v))
		copied := make(chan error, 1)
		go func() {
			_, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
			copied <- err
		}()
		testkit.Eventually(t, 60*time.Second, "the copy waits for the function", func() bool {
			sessions, err := processlist.Read(t.Context(), to)
			require.NoError(t, err)
			return slices.ContainsFunc(sessions, func(s processlist.Session) bool {
				return strings.HasPrefix(s.Statement, "DROP FUNCTION") && strings.Contains(s.Statement, c.spec.TargetDatabase)
			})
		})
		other, err := to.Conn(t.Context())
		require.NoError(t, err)
		defer other.Close()
		_, err = other.ExecContext(t.Context(), "SET SESSION lock_wait_timeout=20")
		require.NoError(t, err)
		require.NoError(t, other.QueryRowContext(t.Context(), "SELECT f(1)").Scan(&v), "it waits behind the copy for one turn only")
		require.NoError(t, holder.Rollback())
		require.NoError(t, <-copied)
		require.NoError(t, other.QueryRowContext(t.Context(), "SELECT f(1)").Scan(&v))
		assert.Equal(t, 3, v)
		c.gone(t)
	})
}

func TestCopy_LeavesADatabaseThatSomebodyElseHasMade(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1], "CREATE TABLE a (v INT)")
			_, err := c.run(t, engine.Hooks{Commit: func(context.Context, engine.Intent) error {
				testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase)
				return nil
			}})
			require.True(t, fault.Is(err, "swap_failed"), "%v", err)
			assert.Equal(t, []string{"true:" + c.spec.TargetDatabase}, query(t, c.target.db, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", c.spec.TargetDatabase))
			c.gone(t)
		})
	}
}

// A new table stores rows from the exchange on; what else is new may have to wait.
func TestCopy_NewTablesHaveTheirTriggersWhileARoutineIsWaitedFor(t *testing.T) {
	t.Parallel()
	function := func(name, result string) string {
		return "CREATE FUNCTION " + name + "() RETURNS INT DETERMINISTIC NO SQL RETURN " + result
	}
	table := []string{"CREATE TABLE a (v INT, stamp INT)", "CREATE TRIGGER stamps BEFORE INSERT ON a FOR EACH ROW SET NEW.stamp = 7"}
	replacing(t, append(table, function("before_it", "2"), function("held", "2"), function("later", "2"), function("e", "2")),
		append(table, function("before_it", "1"), function("held", "1"), function("later", "1"), function("é", "1")), // é is e to a server
		func(t *testing.T, c *copying, to *sql.DB) {
			plan := c.plan(t)
			holder, err := to.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			var v int
			require.NoError(t, holder.QueryRow("SELECT held()").Scan(&v))
			copied := make(chan error, 1)
			go func() {
				_, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
				copied <- err
			}()
			for range 2 {
				testkit.Eventually(t, time.Minute, "the copy waits for the function", func() bool { return c.waits(t, "DROP FUNCTION") })
				testkit.Exec(t, to, "INSERT INTO a (v) VALUES (1)")
				assert.Equal(t, []string{"true:2|true:1"}, query(t, to, "SELECT before_it(), later()"), "both are there")
				testkit.Eventually(t, time.Minute, "it gives way", func() bool { return !c.waits(t, "DROP FUNCTION") })
			}
			require.NoError(t, holder.Rollback())
			require.NoError(t, <-copied)
			assert.Equal(t, []string{"true:2|true:2|true:2|true:2"}, query(t, to, "SELECT before_it(), held(), later(), e()"))
			assert.Equal(t, []string{"true:1|true:7", "true:1|true:7"}, query(t, to, "SELECT * FROM a"))
		})
}

// replacing runs a test on each flavour with a copy that replaces what is in its target database.
func replacing(t *testing.T, source, target []string, test func(t *testing.T, c *copying, to *sql.DB)) {
	t.Helper()
	for name, pair := range pairs(t) {
		if pair[0].Flavour != pair[1].Flavour {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1], source...)
			testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase)
			to := c.target.DB(c.spec.TargetDatabase)
			t.Cleanup(func() { require.NoError(t, to.Close()) })
			testkit.Exec(t, to, target...)
			c.spec.IfExists = engine.Replace
			test(t, c, to)
		})
	}
}
