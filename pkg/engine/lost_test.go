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
	"overmind/pkg/testkit"
)

// waits tells whether a statement that begins like this and names the copy's target, or a schema of the copy, is being
// executed.
func (c *copying) waits(t *testing.T, statement string) bool {
	return slices.ContainsFunc(listed(t, c.target), func(s processlist.Session) bool {
		return strings.HasPrefix(s.Statement, statement) && (s.Means(c.spec.TargetDatabase) || s.Means(c.names.Old))
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
