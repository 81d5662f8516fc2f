package engine_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/engine/processlist"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// private starts a server that no other test uses.
func private(t *testing.T, flavour localdb.Flavour) *localdb.Server {
	t.Helper()
	s, err := localdb.Start(t.Context(), localdb.Options{Flavour: flavour})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	return s
}

func TestCopy_DefinitionsStayAsTheyAreUntilItIsDone(t *testing.T) {
	t.Parallel()
	c := slow(t, private(t, localdb.MySQL), testkit.MariaDB(t))
	p, ended := c.start(t, t.Context())
	p.await(t, time.Minute, "rows", begun)
	altered := make(chan error, 1)
	go func() {
		_, err := c.source.db.Exec("ALTER TABLE " + engine.QName(c.spec.SourceDatabase, "digits") + " ADD extra INT")
		altered <- err
	}()
	require.NoError(t, <-ended, "an ALTER of its table would have made the copy fail")
	require.NoError(t, <-altered)
	require.Empty(t, query(t, c.target.db, "SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLUMN_NAME = 'extra'", c.spec.TargetDatabase))
	c.gone(t)
}

func TestCopy_HoldsUpNobodyWhoAltersATableThatNothingProtects(t *testing.T) {
	t.Parallel()
	c := slow(t, testkit.MySQL(t), testkit.MariaDB(t))
	c.reader(t, "SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES")
	p, ended := c.start(t, t.Context())
	p.await(t, time.Minute, "rows", begun)
	testkit.Exec(t, c.source.db, "ALTER TABLE "+engine.QName(c.spec.SourceDatabase, "big")+" ADD extra INT")
	err := <-ended
	require.True(t, fault.Is(err, "source_changed"), "%v", err)
	_, all := p.any(func(s engine.Progress) bool { return s.RowsDone >= 40_000 })
	require.False(t, all, "the ALTER waited until all rows were read")
}

func TestCopy_EndsForWhoeverAltersATableThatTheServerKeepsForIt(t *testing.T) {
	t.Parallel()
	c := slow(t, testkit.MariaDB(t), testkit.SecondMariaDB(t))
	c.spec.Limits.BytesPerSecond = 512 << 10
	p, ended := c.start(t, t.Context())
	p.await(t, time.Minute, "rows", begun)
	testkit.Exec(t, c.source.db, "ALTER TABLE "+engine.QName(c.spec.SourceDatabase, "big")+" ADD extra INT")
	require.ErrorContains(t, <-ended, "source_in_use")
	_, all := p.any(func(s engine.Progress) bool { return s.RowsDone >= 40_000 })
	require.False(t, all, "the ALTER waited until all rows were read")
	c.gone(t)
}

func TestCopy_BeginsWhileATransactionRunsAStatementWithFourByteCharacters(t *testing.T) {
	t.Parallel()
	c := slow(t, private(t, localdb.MySQL), testkit.MariaDB(t))
	_, other := testkit.Database(t, c.source.Server)
	testkit.Exec(t, other, "CREATE TABLE theirs (id INT)")
	theirs, err := other.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer theirs.Rollback()
	_, err = theirs.Exec("INSERT INTO theirs VALUES (1)")
	require.NoError(t, err)
	busy, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		_, _ = theirs.ExecContext(busy, "SELECT '😀', SLEEP(60) FROM theirs")
	}()
	testkit.Eventually(t, time.Minute, "the statement runs", func() bool {
		list, err := processlist.Read(t.Context(), c.source.db)
		require.NoError(t, err)
		return slices.ContainsFunc(list, func(s processlist.Session) bool { return s.Busy() && strings.HasPrefix(s.Statement, "SELECT '😀'") })
	})
	ctx, cancel := context.WithCancel(t.Context())
	p, ended := c.start(t, ctx)
	p.await(t, time.Minute, "rows", begun)
	cancel()
	require.Error(t, <-ended)
	stop()
	<-stopped
}

func TestCopy_HoldsUpNobodyWhoChangesAnotherDatabase(t *testing.T) {
	t.Parallel()
	c := slow(t, testkit.MySQL(t), testkit.MariaDB(t))
	c.spec.Limits.BytesPerSecond = 1 << 20
	_, other := testkit.Database(t, testkit.MySQL(t))
	p, ended := c.start(t, t.Context())
	p.await(t, time.Minute, "rows", begun)
	testkit.Exec(t, other, "CREATE TABLE theirs (id INT)")
	select {
	case err := <-ended:
		t.Fatalf("the copy was over first: %v", err)
	default:
	}
	require.NoError(t, <-ended)
}

func TestCopy_LocksNoDefinitionsWhileSomebodyWaitsForSuchALock(t *testing.T) {
	t.Parallel()
	c := slow(t, private(t, localdb.MySQL), testkit.MariaDB(t))
	_, other := testkit.Database(t, c.source.Server)
	backup, err := c.source.db.Conn(t.Context())
	require.NoError(t, err)
	defer backup.Close()
	_, err = backup.ExecContext(t.Context(), "LOCK INSTANCE FOR BACKUP")
	require.NoError(t, err)
	created := make(chan error, 1)
	go func() {
		_, err := other.Exec("CREATE TABLE theirs (id INT)")
		created <- err
	}()
	testkit.Eventually(t, time.Minute, "a statement waits", func() bool {
		return slices.ContainsFunc(listed(t, c.source), func(s processlist.Session) bool { return s.State == "Waiting for backup lock" })
	})
	var held []string
	_, err = c.run(t, engine.Hooks{Progress: func(p engine.Progress) {
		if held == nil && begun(p) {
			held = query(t, c.source.db, "SELECT LOCK_TYPE FROM performance_schema.metadata_locks WHERE OBJECT_TYPE = 'BACKUP LOCK' AND LOCK_STATUS = 'GRANTED'")
		}
	}})
	require.NoError(t, err)
	require.Equal(t, []string{"true:SHARED"}, held, "the test's own")
	_, err = backup.ExecContext(t.Context(), "UNLOCK INSTANCE")
	require.NoError(t, err)
	require.NoError(t, <-created)
}
