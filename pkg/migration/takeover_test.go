package migration_test

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/inventory"
	"overmind/pkg/job"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

// gate is a store that calls the test at the points where a run is stopped.
type gate struct {
	job.Store
	names  func()       // the run is about to touch the target
	commit func() error // it is about to swap; an error is what the run gets, nil lets it go on
	finish func(context.Context)
	cutOff atomic.Bool // its heartbeats reach the database no more
}

func (g *gate) Heartbeat(ctx context.Context, id int64, fence uint64, lease time.Duration, phase string, progress json.RawMessage) (bool, error) {
	if g.cutOff.Load() {
		return false, errors.New("cut off")
	}
	return g.Store.Heartbeat(ctx, id, fence, lease, phase, progress)
}

func (g *gate) Save(ctx context.Context, id int64, fence uint64, column job.Column, value json.RawMessage) error {
	if g.names != nil && column == job.ColumnNames {
		g.names()
	}
	return g.Store.Save(ctx, id, fence, column, value)
}

func (g *gate) Commit(ctx context.Context, id int64, fence uint64, intent json.RawMessage) error {
	if g.commit != nil {
		if err := g.commit(); err != nil {
			return err
		}
	}
	return g.Store.Commit(ctx, id, fence, intent)
}

func (g *gate) Finish(ctx context.Context, id int64, fence uint64, v job.Verdict) error {
	if g.finish != nil {
		g.finish(ctx)
	}
	return g.Store.Finish(ctx, id, fence, v)
}

// lockSource keeps everybody from reading a table of the source, so that a copy stays in its load.
func (b *bench) lockSource(t *testing.T) {
	conn, err := b.from.Conn(context.Background())
	require.NoError(t, err)
	_, err = conn.ExecContext(context.Background(), "LOCK TABLES sales WRITE")
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // closes it, and its locks end with it
		_ = conn.Close()
	})
}

// dies makes the owner of the job look dead. A heartbeat under way may still give it another lease, which then ends.
func (b *bench) dies(t *testing.T, owner *gate) {
	t.Helper()
	owner.cutOff.Store(true)
	testkit.Exec(t, b.meta, "UPDATE jobs SET lease_until = NOW(6) - INTERVAL 1 SECOND, next_dispatch_at = NOW(6)")
}

func (b *bench) names(t *testing.T) (n engine.Names) {
	t.Helper()
	var text string
	require.NoError(t, b.meta.QueryRow("SELECT names FROM jobs").Scan(&text))
	require.NoError(t, json.Unmarshal([]byte(text), &n))
	return n
}

func (b *bench) schemas(t *testing.T, names ...string) (n int64) {
	t.Helper()
	for _, name := range names {
		n += number(t, b.to, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", name)
	}
	return n
}

func TestCancelDuringTheLoadLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	ticketID, jobID := b.approved(t, b.spec(""))
	e := b.worker(t, &gate{Store: b.Store, names: func() { b.lockSource(t) }}, "one")
	testkit.Eventually(t, soon, "staging is there", func() bool { return b.staging(t) == 1 })
	names := b.names(t)
	_, err := b.tickets.Cancel(t.Context(), ann, ticketID)
	require.NoError(t, err)
	require.NoError(t, e.Wake(t.Context(), jobID))
	b.ends(t, ticketID, ticket.Cancelled)
	require.Zero(t, b.schemas(t, names.Staging, names.Old, b.copy))
}

func TestShutdownDuringTheLoadGivesTheJobToTheNext(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	ticketID, _ := b.approved(t, b.spec(""))
	stopped := make(chan struct{})
	e := b.worker(t, &gate{Store: b.Store, commit: func() error { <-stopped; return nil }}, "one")
	testkit.Eventually(t, soon, "staging is there", func() bool { return b.staging(t) == 1 })
	names := b.names(t)
	go func() { _ = e.Shutdown(context.Background()) }()
	testkit.Eventually(t, soon, "the worker shuts down", e.Full)
	close(stopped)
	// The commit point was passed before the shutdown could stop it, or it was not: both are right, nothing else is.
	require.NoError(t, e.Shutdown(t.Context()))
	b.worker(t, b.Store, "two")
	b.ends(t, ticketID, ticket.Succeeded)
	require.Zero(t, b.schemas(t, names.Staging))
}

func TestDeadWorkerBeforeTheSwapIsReplaced(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	ticketID, _ := b.approved(t, b.spec(""))
	reached, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	zombie := &gate{Store: b.Store}
	zombie.commit = func() error {
		close(reached)
		<-goOn
		return nil
	}
	e := b.worker(t, zombie, "zombie")
	<-reached // everything is loaded
	names := b.names(t)
	require.EqualValues(t, 1, b.schemas(t, names.Staging))
	go func() { ended <- e.Shutdown(context.Background()) }() // it claims no more
	testkit.Eventually(t, soon, "the zombie claims no more", e.Full)
	b.dies(t, zombie)

	b.worker(t, b.Store, "heir")
	b.ends(t, ticketID, ticket.Succeeded)
	require.Zero(t, b.schemas(t, names.Staging), "the dead run's staging is gone")
	close(goOn)
	require.NoError(t, <-ended)
	require.EqualValues(t, 3, number(t, b.to, "SELECT COUNT(*) FROM "+b.copy+".sales"), "the zombie has changed nothing")
	require.EqualValues(t, 1, number(t, b.meta, "SELECT COUNT(*) FROM events WHERE type = 'ticket.succeeded'"))
	require.Equal(t, ticket.Succeeded, b.ends(t, ticketID, ticket.Succeeded).State)
}

func TestDeadWorkerAfterTheSwapHasSucceeded(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	testkit.Exec(t, b.to, "CREATE DATABASE "+b.copy, "CREATE TABLE "+b.copy+".goods (id INT PRIMARY KEY, old INT)")
	ticketID, _ := b.approved(t, b.spec(`,"if_exists":"replace"`))
	swapped, goOn := make(chan struct{}), make(chan struct{})
	stop := sync.OnceFunc(func() { // it may try again
		close(swapped)
		<-goOn
	})
	zombie := &gate{Store: b.Store, finish: func(context.Context) { stop() }}
	e := b.worker(t, zombie, "zombie")
	<-swapped
	ended := make(chan error, 1)
	go func() { ended <- e.Shutdown(context.Background()) }()
	testkit.Eventually(t, soon, "the zombie claims no more", e.Full)
	b.dies(t, zombie)

	b.worker(t, b.Store, "heir")
	v := b.ends(t, ticketID, ticket.Succeeded)
	require.Contains(t, string(v.Report), v.SpecHash)
	close(goOn)
	require.NoError(t, <-ended)
	require.EqualValues(t, 2, number(t, b.to, "SELECT COUNT(*) FROM "+b.copy+".goods"))
	require.EqualValues(t, 1, number(t, b.meta, "SELECT COUNT(*) FROM kept_schemas"), "the old tables are kept once")
	require.EqualValues(t, 1, number(t, b.meta, "SELECT COUNT(*) FROM attempts"), "it was not copied again")
}

func TestTwoTicketsForOneTargetRunOneAfterTheOther(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	testkit.Exec(t, b.to, "CREATE DATABASE "+b.copy)
	first, _ := b.approved(t, b.spec(`,"tables":["goods"]`))
	reached, goOn := make(chan struct{}, 1), make(chan struct{})
	b.worker(t, &gate{Store: b.Store, commit: func() error { reached <- struct{}{}; <-goOn; return nil }}, "one")
	<-reached
	second, _ := b.approved(t, b.spec(`,"tables":["goods"],"if_exists":"replace"`))
	testkit.Eventually(t, soon, "the second waits for the first", func() bool {
		v, err := b.tickets.Get(t.Context(), dora, second)
		require.NoError(t, err)
		return v.State == ticket.Queued && v.WaitingFor == first
	})
	close(goOn)
	b.ends(t, first, ticket.Succeeded)
	testkit.Eventually(t, soon, "the second ends", func() bool {
		v, err := b.tickets.Get(t.Context(), dora, second)
		require.NoError(t, err)
		return v.State == ticket.Failed && v.FailureCode == "approval_stale" // the first has put a table there
	})
}

func TestRunEndsWhenTheTargetsConnectionChangesBeforeTheSwap(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	ticketID, _ := b.approved(t, b.spec(""))
	b.worker(t, &gate{Store: b.Store, names: func() {
		testkit.Exec(t, b.meta, "UPDATE instances SET connection_version = connection_version + 1 WHERE name = 'test'")
	}}, "one")
	v := b.ends(t, ticketID, ticket.Failed)
	require.Equal(t, "approval_stale", v.FailureCode, v.Failure)
	require.Zero(t, b.schemas(t, b.copy))
}

func TestRecoveryOfAnotherServerNeedsAttention(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	_, jobID := b.approved(t, b.spec(""))
	j, ok, err := b.Claim(t.Context(), jobID, "dead", []string{"default"}, soon)
	require.NoError(t, err)
	require.True(t, ok)
	j.Recovery, j.Names = true, json.RawMessage(`{"staging":"_om_aaaaaaaa_1","old":"_om_aaaaaaaa_1_old"}`)
	// The instance now leads to the source's server: nothing may be dropped there.
	user, password := testkit.User(t, testkit.MariaDB(t), "GRANT ALL PRIVILEGES ON *.* TO %s")
	_, err = b.inventory.Update(t.Context(), dora, b.target.ID, b.target.Version, inventory.InstancePatch{Port: &b.source.Port, ReadUser: &user, LoadUser: &user},
		inventory.Passwords{Read: secret.New(password), Load: secret.New(password)})
	require.NoError(t, err)
	v := b.migration.Recover(t.Context(), j, nil)
	require.Equal(t, job.NeedsAttention, v.State)
	require.Equal(t, "another_server", v.Code)
}
