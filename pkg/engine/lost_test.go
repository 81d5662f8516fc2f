package engine_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/engine/processlist"
	"overmind/pkg/fault"
	"overmind/pkg/testkit"
)

// waits tells whether a statement that begins like this and names the copy's target, or a schema of the copy, is being
// executed.
func (c *copying) waits(t *testing.T, statement string) bool {
	return slices.ContainsFunc(listed(t, c.target), func(s processlist.Session) bool {
		return strings.HasPrefix(s.Statement, statement) && (s.Means(c.spec.TargetDatabase) || s.Means(c.names.Old) || s.Means(c.names.Staging))
	})
}

// holding begins a transaction that uses a table and thereby keeps others from exchanging it.
func holding(t *testing.T, db *sql.DB, table string) *sql.Tx {
	t.Helper()
	holder, err := db.BeginTx(context.Background(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = holder.Rollback() })
	rows, err := holder.Query("SELECT * FROM " + table)
	require.NoError(t, err)
	require.NoError(t, rows.Close())
	return holder
}

// A server may go on with a statement whose client is gone. What it does must not be decided before it has ended.
func TestCopy_ConnectionsLostWhileTheExchangeWaitsLoseNoRow(t *testing.T) {
	t.Parallel()
	replacing(t, []string{"CREATE TABLE a (v INT)", "INSERT INTO a VALUES (2)"}, []string{
		"CREATE TABLE a (v INT)", "INSERT INTO a VALUES (1)",
	}, func(t *testing.T, c *copying, to *sql.DB) {
		relay := testkit.NewRelay(t, c.spec.Target.Port)
		c.spec.Target.Port = relay.Port
		plan := c.plan(t)
		holder := holding(t, to, "a")
		copied := make(chan error, 1)
		go func() {
			_, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
			copied <- err
		}()
		testkit.Eventually(t, time.Minute, "the exchange waits", func() bool { return c.waits(t, "RENAME TABLE") })
		relay.Lose()
		var err error
		testkit.Eventually(t, time.Minute, "the copy ends, or removes behind the exchange what that needs", func() bool {
			select {
			case err = <-copied:
				return true
			default:
				return c.waits(t, "DROP DATABASE")
			}
		})
		require.NoError(t, holder.Commit())
		if err == nil {
			err = <-copied
		}
		require.True(t, fault.Is(err, "target_lost"), "%v", err)
		assert.Equal(t, []string{"true:1"}, query(t, to, "SELECT v FROM a"))
		c.gone(t)
	})
}

// held runs a copy that has exchanged the tables and waits for a function.
func (c *copying) held(t *testing.T, to *sql.DB, hooks engine.Hooks) (holder *sql.Tx, copied chan error) {
	t.Helper()
	plan := c.plan(t)
	holder, err := to.BeginTx(context.Background(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = holder.Rollback() })
	var v int
	require.NoError(t, holder.QueryRow("SELECT f()").Scan(&v))
	copied = make(chan error, 1)
	go func() {
		_, err := c.Copy(t.Context(), c.spec, plan, c.names, hooks)
		copied <- err
	}()
	testkit.Eventually(t, time.Minute, "the copy waits for the function", func() bool { return c.waits(t, "DROP FUNCTION") })
	return holder, copied
}

func programs(result string) []string {
	return []string{"CREATE TABLE a (v INT)", "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.v = " + result,
		"CREATE FUNCTION f() RETURNS INT DETERMINISTIC NO SQL RETURN " + result, "CREATE VIEW w AS SELECT " + result + " AS v"}
}

func TestCopy_FinishesWithANewSessionWhenItGetsOne(t *testing.T) {
	t.Parallel()
	replacing(t, programs("2"), programs("1"), func(t *testing.T, c *copying, to *sql.DB) {
		given := &turns{Handler: slog.DiscardHandler}
		c.Engine = engine.New(engine.Options{Log: slog.New(given), ClientDirs: clientDirs(t)})
		var refused atomic.Bool
		holder, copied := c.held(t, to, engine.Hooks{Sessions: func(context.Context, engine.Sessions) error {
			if refused.CompareAndSwap(true, false) {
				return errors.New("the list of sessions cannot be written now")
			}
			return nil
		}})
		account := "'" + c.spec.Target.User + "'@'%'"
		testkit.Exec(t, c.target.db, "ALTER USER "+account+" ACCOUNT LOCK")
		refused.Store(true)
		for _, p := range listed(t, c.target) {
			if p.User == c.spec.Target.User {
				_, _ = c.target.db.Exec(fmt.Sprintf("KILL %d", p.ID)) // some end by themselves
			}
		}
		require.NoError(t, holder.Rollback())
		before := given.count.Load()
		testkit.Eventually(t, time.Minute, "a session is refused", func() bool { return given.count.Load() > before || len(copied) > 0 })
		testkit.Exec(t, c.target.db, "ALTER USER "+account+" ACCOUNT UNLOCK")
		require.NoError(t, <-copied)
		assert.False(t, refused.Load())
		testkit.Exec(t, to, "INSERT INTO a VALUES (0)")
		assert.Equal(t, []string{"true:2|true:2|true:2"}, query(t, to, "SELECT f(), w.v, a.v FROM w, a"))
	})
}

func TestCopy_SaysWhatIsMissingWhenItCannotFinish(t *testing.T) {
	t.Parallel()
	replacing(t, programs("2"), programs("1"), func(t *testing.T, c *copying, to *sql.DB) {
		c.GiveUpSoon()
		_, copied := c.held(t, to, engine.Hooks{})
		err := <-copied
		require.True(t, fault.Is(err, "needs_attention"), "%v", err)
		said := fault.As(err).Message
		for _, part := range []string{"function f", "view w", c.names.Staging, c.names.Old} {
			assert.Contains(t, said, part)
		}
		assert.NotContains(t, said, "trigger t")
	})
}
