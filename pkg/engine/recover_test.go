package engine_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// died is a copy over existing tables whose worker died at its commit point: everything is staged, nothing swapped.
type died struct {
	*copying
	to       *sql.DB
	intent   engine.Intent
	sessions engine.Sessions
	staged   struct {
		Tables   []string `json:"tables"`
		Replaced []string `json:"replaced"`
	}
}

func newDied(t *testing.T, from, to *localdb.Server) *died {
	t.Helper()
	c := newShop(t, from, to)
	testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase)
	db := c.target.DB(c.spec.TargetDatabase)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	testkit.Exec(t, db, "CREATE TABLE item (old INT PRIMARY KEY)", "INSERT INTO item VALUES (7)",
		"CREATE TRIGGER old_trigger BEFORE INSERT ON item FOR EACH ROW SET NEW.old = 8")
	c.spec.IfExists = engine.Replace
	d := c.diesAtCommit(t)
	d.to = db
	return d
}

// diesAtCommit runs a copy whose worker dies at the commit point.
func (c *copying) diesAtCommit(t *testing.T) *died {
	t.Helper()
	d := &died{copying: c}
	plan := c.plan(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{
			Sessions: func(_ context.Context, ids engine.Sessions) error { d.sessions = ids; return nil },
			Commit:   func(_ context.Context, in engine.Intent) error { d.intent = in; runtime.Goexit(); return nil },
		})
		t.Errorf("the copy came back: %v", err)
	}()
	<-ended
	require.NotEmpty(t, d.intent)
	require.NoError(t, json.Unmarshal(d.intent, &d.staged))
	return d
}

// swapByHand does what the dead worker was about to do.
func (d *died) swapByHand(t *testing.T) {
	t.Helper()
	var moves []string
	for _, table := range d.staged.Replaced {
		moves = append(moves, engine.QName(d.spec.TargetDatabase, table)+" TO "+engine.QName(d.names.Old, table))
	}
	for _, table := range d.staged.Tables {
		moves = append(moves, engine.QName(d.names.Staging, table)+" TO "+engine.QName(d.spec.TargetDatabase, table))
	}
	testkit.Exec(t, d.target.db, "RENAME TABLE "+strings.Join(moves, ", "))
}

func TestRecover_BeforeTheSwapPutsEverythingBack(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDied(t, pair[0], pair[1])
			testkit.Exec(t, d.target.db, "CREATE DATABASE "+d.names.Old, "DROP TRIGGER "+d.spec.TargetDatabase+".old_trigger")
			for range 2 { // a recovery that is done twice changes nothing
				outcome, _, err := d.Recover(t.Context(), d.spec, d.names, d.sessions, d.intent)
				require.NoError(t, err)
				require.Equal(t, engine.Clean, outcome)
			}
			assert.Equal(t, []string{"true:7"}, query(t, d.to, "SELECT * FROM item"))
			testkit.Exec(t, d.to, "INSERT INTO item VALUES (1)")
			assert.Equal(t, []string{"true:7", "true:8"}, query(t, d.to, "SELECT * FROM item ORDER BY 1"), "the trigger is back")
			d.gone(t)
		})
	}
}

func TestRecover_LeavesTheTargetToAnotherCopyThatIsAtWorkThere(t *testing.T) {
	t.Parallel()
	d := newDied(t, testkit.MariaDB(t), testkit.MySQL(t))
	for _, session := range d.sessions.Target {
		_, err := d.target.db.Exec(fmt.Sprint("KILL ", session.ID))
		require.True(t, err == nil || engine.ServerSaid(err, 1094), "%v", err) // 1094: it has ended
	}
	other := newCopying(t, testkit.MariaDB(t), testkit.MySQL(t), "CREATE TABLE another (id INT PRIMARY KEY)")
	other.spec.TargetDatabase, other.names = d.spec.TargetDatabase, engine.NewNames(2)
	recovering := func() error {
		_, _, err := d.Recover(t.Context(), d.spec, d.names, d.sessions, d.intent)
		return err
	}
	_, err := other.run(t, engine.Hooks{Commit: func(context.Context, engine.Intent) error {
		err := recovering()
		assert.True(t, fault.Is(err, "target_busy"), "%v", err)
		return nil
	}})
	require.NoError(t, err)
	require.NoError(t, recovering())
	assert.Equal(t, []string{"true:7"}, query(t, d.to, "SELECT * FROM item"))
}

func TestRecover_LeavesADatabaseThatItDoesNotKnowToBeOurs(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t), "CREATE TABLE a (v INT)")
	d := c.diesAtCommit(t)
	testkit.Exec(t, d.target.db, "CREATE DATABASE "+d.spec.TargetDatabase)
	outcome, _, err := d.Recover(t.Context(), d.spec, d.names, d.sessions, d.intent)
	require.NoError(t, err)
	require.Equal(t, engine.Clean, outcome)
	assert.Len(t, query(t, d.target.db, "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", d.spec.TargetDatabase), 1)
	d.gone(t)
}

func TestRecover_OfObjectsOnlyDecidesByTheDatabase(t *testing.T) {
	t.Parallel()
	d := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t), "CREATE FUNCTION f() RETURNS INT DETERMINISTIC NO SQL RETURN 7").diesAtCommit(t)
	for range 2 {
		outcome, _, err := d.Recover(t.Context(), d.spec, d.names, d.sessions, d.intent)
		require.NoError(t, err)
		require.Equal(t, engine.Clean, outcome)
	}
	d.gone(t)
	testkit.Exec(t, d.target.db, "CREATE DATABASE "+d.spec.TargetDatabase)
	outcome, _, err := d.Recover(t.Context(), d.spec, d.names, engine.Sessions{}, d.intent)
	require.NoError(t, err)
	require.Equal(t, engine.Completed, outcome)
	assert.Equal(t, []string{"true:7"}, query(t, d.target.db, "SELECT "+engine.QName(d.spec.TargetDatabase, "f")+"()"))
}

// turns counts how often an engine gave way.
type turns struct {
	slog.Handler
	count atomic.Int32
}

func (c *turns) Enabled(context.Context, slog.Level) bool { return true }

func (c *turns) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn {
		c.count.Add(1)
	}
	return nil
}

func TestRecover_WaitsForATableWhoseTriggerIsOffAndHoldsUpNobodyForLong(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		if pair[0].Flavour != pair[1].Flavour {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDied(t, pair[0], pair[1])
			testkit.Exec(t, d.target.db, "DROP TRIGGER "+d.spec.TargetDatabase+".old_trigger")
			holder := holding(t, d.to, "item")
			given := &turns{Handler: slog.DiscardHandler}
			e := engine.New(engine.Options{Log: slog.New(given)})
			e.GiveUpSoon()
			recovered := make(chan error, 1)
			go func() {
				_, _, err := e.Recover(t.Context(), d.spec, d.names, d.sessions, d.intent)
				recovered <- err
			}()
			other, err := d.to.Conn(t.Context())
			require.NoError(t, err)
			defer other.Close()
			_, err = other.ExecContext(t.Context(), "SET SESSION lock_wait_timeout = 5")
			require.NoError(t, err)
			const beyondPatience = 4
			for given.count.Load() < beyondPatience {
				testkit.Eventually(t, time.Minute, "the trigger waits", func() bool { return d.waits(t, "CREATE ") || len(recovered) > 0 })
				require.Empty(t, recovered)
				_, err := other.ExecContext(t.Context(), "DO (SELECT COUNT(*) FROM item)")
				require.NoError(t, err, "it waits for a turn only")
			}
			require.NoError(t, holder.Commit())
			require.NoError(t, <-recovered)
			testkit.Exec(t, d.to, "INSERT INTO item VALUES (1)")
			assert.Equal(t, []string{"true:7", "true:8"}, query(t, d.to, "SELECT * FROM item ORDER BY 1"), "the trigger is back")
		})
	}
}

func TestRecover_AfterTheSwapFinishes(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDied(t, pair[0], pair[1])
			testkit.Exec(t, d.target.db, "CREATE DATABASE "+d.names.Old, "DROP TRIGGER "+d.spec.TargetDatabase+".old_trigger")
			d.swapByHand(t)
			for range 2 {
				outcome, report, err := d.Recover(t.Context(), d.spec, d.names, d.sessions, d.intent)
				require.NoError(t, err)
				require.Equal(t, engine.Completed, outcome)
				assert.Len(t, report.Tables, 2)
				assert.True(t, report.OldKept)
			}
			assert.Equal(t, []string{"true:2|true:2", "true:4|true:2"}, query(t, d.to, "SELECT * FROM a_view ORDER BY 1"))
			assert.Equal(t, []string{"true:first", "true:second"}, query(t, d.to, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY ACTION_ORDER"))
			assert.Equal(t, []string{"true:7"}, query(t, d.to, "SELECT * FROM "+engine.QName(d.names.Old, "item")))
		})
	}
}

// A server whose RENAME is not atomic leaves such states when it crashes.
func TestRecover_SettlesAnExchangeThatBrokeOffBetweenTwoTables(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, moved := range []int{0, 1} { // of the new tables, after the old one
				d := newDied(t, pair[0], pair[1])
				require.Len(t, d.staged.Tables, 2)
				testkit.Exec(t, d.target.db, "CREATE DATABASE "+d.names.Old, "DROP TRIGGER "+d.spec.TargetDatabase+".old_trigger")
				d.staged.Tables = d.staged.Tables[:moved]
				d.swapByHand(t)
				want := []engine.Outcome{engine.Clean, engine.Completed}[moved]
				for range 2 {
					outcome, _, err := d.Recover(t.Context(), d.spec, d.names, d.sessions, d.intent)
					require.NoError(t, err)
					require.Equal(t, want, outcome)
				}
				if want == engine.Clean {
					testkit.Exec(t, d.to, "INSERT INTO item VALUES (1)")
					assert.Equal(t, []string{"true:7", "true:8"}, query(t, d.to, "SELECT * FROM item ORDER BY 1"), "the trigger is back")
					continue
				}
				assert.Equal(t, []string{"true:item", "true:note"}, query(t, d.to, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1"))
				assert.Equal(t, []string{"true:first", "true:second"}, query(t, d.to, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY ACTION_ORDER"))
				assert.Equal(t, []string{"true:7"}, query(t, d.to, "SELECT * FROM "+engine.QName(d.names.Old, "item")))
			}
		})
	}
}

func TestRecover_HalfASwapIsUnclear(t *testing.T) {
	t.Parallel()
	d := newDied(t, testkit.MariaDB(t), testkit.SecondMariaDB(t))
	testkit.Exec(t, d.target.db, "RENAME TABLE "+engine.QName(d.names.Staging, "note")+" TO "+engine.QName(d.spec.TargetDatabase, "note"))
	outcome, _, err := d.Recover(t.Context(), d.spec, d.names, d.sessions, d.intent)
	require.NoError(t, err)
	require.Equal(t, engine.Unclear, outcome)
	assert.Equal(t, []string{"true:7"}, query(t, d.to, "SELECT * FROM item"))
}

func TestRecover_WithoutAnIntentEndsSessionsAndDropsStaging(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t), "CREATE TABLE a (id INT)")
	var sessions engine.Sessions
	busy := make(chan error, 2)
	for i, s := range []side{c.source, c.target} {
		db := s.DB("")
		defer db.Close()
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		var id uint64
		require.NoError(t, conn.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id))
		if i == 0 {
			sessions.Source = append(sessions.Source, engine.Session{ID: id})
		} else {
			sessions.Target = append(sessions.Target, engine.Session{ID: id})
		}
		go func() { _, err := conn.ExecContext(context.Background(), "DO SLEEP(600)"); busy <- err }()
	}
	c.spec.Source.User, c.spec.Source.Password = "root", secretOf(c.source)
	c.spec.Target.User, c.spec.Target.Password = "root", secretOf(c.target)
	testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.names.Staging, fmt.Sprintf("CREATE TABLE %s.a (id INT)", c.names.Staging))
	outcome, _, err := c.Recover(t.Context(), c.spec, c.names, sessions, nil)
	require.NoError(t, err)
	require.Equal(t, engine.Clean, outcome)
	require.Error(t, <-busy)
	require.Error(t, <-busy)
	c.gone(t)
}

// A server that was restarted gives ids anew, also to other runs with the same account.
func TestRecover_LeavesSessionsThatComeFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.SecondMariaDB(t), testkit.MySQL(t)} {
		t.Run(string(server.Flavour), func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, testkit.MariaDB(t), server)
			c.spec.Target.User, c.spec.Target.Password = "root", secretOf(c.target)
			other, err := c.target.db.Conn(t.Context())
			require.NoError(t, err)
			defer other.Close()
			theirs := engine.Session{From: "192.0.2.1:3000"}
			require.NoError(t, other.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&theirs.ID))
			_, _, err = c.Recover(t.Context(), c.spec, c.names, engine.Sessions{Target: []engine.Session{theirs}}, nil)
			require.NoError(t, err)
			require.NoError(t, other.PingContext(t.Context()))

			for _, p := range listed(t, c.target) {
				if p.ID == theirs.ID {
					theirs.From = p.Host
				}
			}
			_, _, err = c.Recover(t.Context(), c.spec, c.names, engine.Sessions{Target: []engine.Session{theirs}}, nil)
			require.NoError(t, err)
			require.Error(t, other.PingContext(t.Context()))
		})
	}
}

func TestSession_IsReadAsItWasStoredBefore(t *testing.T) {
	t.Parallel()
	var stored engine.Sessions
	require.NoError(t, json.Unmarshal([]byte(`{"source":[3],"target":[{"id":4,"from":"h:1"},5]}`), &stored))
	assert.Equal(t, engine.Sessions{Source: []engine.Session{{ID: 3}}, Target: []engine.Session{{ID: 4, From: "h:1"}, {ID: 5}}}, stored)
}

func TestRecover_SaysWhatTheServerSaysAboutWhatIsLeft(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.MySQL(t), "CREATE PROCEDURE p() SELECT 1")
	testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase)
	t.Cleanup(func() { _, _ = c.target.db.Exec("ALTER DATABASE " + c.spec.TargetDatabase + " READ ONLY = 0") })
	var intent engine.Intent
	_, err := c.run(t, engine.Hooks{Commit: func(ctx context.Context, in engine.Intent) error {
		intent = in
		_, err := c.target.db.ExecContext(ctx, "ALTER DATABASE "+c.spec.TargetDatabase+" READ ONLY = 1")
		return err
	}})
	require.True(t, fault.Is(err, "needs_attention"), "%v", err)
	assert.Contains(t, fault.As(err).Message, "is in read only mode")

	_, _, err = c.Recover(t.Context(), c.spec, c.names, engine.Sessions{}, intent)
	require.True(t, fault.Is(err, "recovery_failed"), "%v", err)
	assert.Contains(t, fault.As(err).Message, "is in read only mode")

	testkit.Exec(t, c.target.db, "ALTER DATABASE "+c.spec.TargetDatabase+" READ ONLY = 0")
	outcome, _, err := c.Recover(t.Context(), c.spec, c.names, engine.Sessions{}, intent)
	require.NoError(t, err)
	assert.Equal(t, engine.Completed, outcome)
	c.gone(t)
}
