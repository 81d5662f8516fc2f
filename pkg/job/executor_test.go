package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
	"overmind/pkg/job"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

// untilStopped tells started, waits for the end of its context, and tells why it ended.
func untilStopped(started chan<- struct{}, causes chan<- error, v job.Verdict) func(context.Context, job.Job, job.Control) job.Verdict {
	return func(ctx context.Context, _ job.Job, _ job.Control) job.Verdict {
		started <- struct{}{}
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return v
	}
}

func TestWakeRunsAJobOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ticketID, jobID := b.queued(t)
	r := &runner{run: func(_ context.Context, j job.Job, c job.Control) job.Verdict {
		require.Equal(t, ticketID, j.TicketID)
		require.NoError(t, c.Note(t.Context(), "ticket.phase", map[string]string{"phase": "load"}))
		c.Log().With("table", "orders").Warn("waits", "error", fault.New(fault.Conflict, "busy", "Somebody holds it."), "took", time.Second)
		return job.Verdict{State: job.Succeeded, Report: json.RawMessage(`{"rows":3}`)}
	}}
	one, two := b.executor(t, "one", r), b.executor(t, "two", r)
	for range 5 {
		go func() { _ = one.Wake(context.Background(), jobID) }()
		go func() { _ = two.Wake(context.Background(), jobID) }()
	}
	b.eventually(t, ticketID, ticket.Succeeded)
	require.NoError(t, one.Wake(t.Context(), jobID))
	require.NoError(t, two.Wake(t.Context(), 1<<40), "a forged id finds nothing")
	runs, _ := r.counts()
	require.Equal(t, 1, runs)
	require.Equal(t, `{"rows":3}`, b.text(t, "SELECT report FROM tickets WHERE id = ?", ticketID))
	require.EqualValues(t, 1, b.number(t, "SELECT COUNT(*) FROM events WHERE type = 'ticket.phase'"))
	require.Equal(t, `warn waits {"error":"Somebody holds it.","table":"orders","took":1}`,
		b.text(t, "SELECT CONCAT(level, ' ', message, ' ', data) FROM job_log WHERE ticket_id = ? AND line = 1", ticketID))
}

func TestFullExecutorTakesNoMore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	started, causes := make(chan struct{}, 9), make(chan error, 9)
	r := &runner{run: untilStopped(started, causes, job.Verdict{State: job.Released})}
	e := b.executor(t, "one", r)
	for range 4 {
		_, id := b.queued(t)
		require.False(t, e.Full())
		require.NoError(t, e.Wake(t.Context(), id))
		wait(t, started, "the run starts")
	}
	require.True(t, e.Full())
	_, id := b.queued(t)
	require.NoError(t, e.Wake(t.Context(), id))
	require.Equal(t, "queued", b.text(t, "SELECT state FROM jobs WHERE id = ?", id))
}

func TestCancel(t *testing.T) {
	t.Parallel()
	t.Run("ends the run, and the lease holds while it cleans up", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		ticketID, jobID := b.queued(t)
		started, cleanUp := make(chan struct{}), make(chan error)
		r := &runner{run: func(ctx context.Context, _ job.Job, _ job.Control) job.Verdict {
			started <- struct{}{}
			<-ctx.Done()
			cleanUp <- context.Cause(ctx)
			<-cleanUp
			return job.Verdict{State: job.Cancelled}
		}}
		e := b.executor(t, "one", r)
		require.NoError(t, e.Wake(t.Context(), jobID))
		wait(t, started, "the run starts")
		_, err := b.tickets.Cancel(t.Context(), ann, ticketID)
		require.NoError(t, err)
		require.NoError(t, e.Wake(t.Context(), jobID), "a ring for a running job makes it look at once")
		require.ErrorIs(t, wait(t, cleanUp, "the run is stopped"), job.ErrCancelled)
		lease := b.text(t, "SELECT lease_until FROM jobs WHERE id = ?", jobID)
		testkit.Eventually(t, soon, "the lease is extended during the clean-up", func() bool {
			return b.text(t, "SELECT lease_until FROM jobs WHERE id = ?", jobID) > lease
		})
		cleanUp <- nil
		b.eventually(t, ticketID, ticket.Cancelled)
	})
	t.Run("comes too late after the commit point", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		ticketID, jobID := b.queued(t)
		committed, goOn := make(chan error), make(chan struct{})
		r := &runner{run: func(ctx context.Context, _ job.Job, c job.Control) job.Verdict {
			c.Progress("verify", json.RawMessage(`{}`))
			committed <- c.Commit(ctx, json.RawMessage(`{"swap":1}`))
			<-goOn
			if ctx.Err() != nil {
				return job.Verdict{State: job.Failed, Code: "stopped"}
			}
			return job.Verdict{State: job.Succeeded}
		}}
		e := b.executor(t, "one", r)
		require.NoError(t, e.Wake(t.Context(), jobID))
		require.NoError(t, wait(t, committed, "the commit"))
		_, err := b.tickets.Cancel(t.Context(), ann, ticketID)
		require.True(t, fault.Is(err, "too_late"), err)
		require.Equal(t, `{"swap":1}`, b.text(t, "SELECT intent FROM jobs WHERE id = ?", jobID))
		stopped := make(chan error)
		go func() { stopped <- e.Shutdown(context.Background()) }()
		testkit.Eventually(t, soon, "the executor shuts down", e.Full)
		goOn <- struct{}{}
		require.NoError(t, wait(t, stopped, "the shutdown waits for the run"))
		require.Equal(t, "succeeded", b.state(t, ticketID))
	})
	t.Run("seen at the commit point stops it", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		ticketID, jobID := b.queued(t)
		started, goOn, committed := make(chan struct{}), make(chan struct{}), make(chan error)
		r := &runner{run: func(_ context.Context, _ job.Job, c job.Control) job.Verdict {
			started <- struct{}{}
			<-goOn
			committed <- c.Commit(context.Background(), json.RawMessage(`{}`))
			return job.Verdict{State: job.Cancelled}
		}}
		require.NoError(t, b.executor(t, "one", r).Wake(t.Context(), jobID))
		wait(t, started, "the run starts")
		_, err := b.tickets.Cancel(t.Context(), ann, ticketID)
		require.NoError(t, err)
		goOn <- struct{}{}
		err = wait(t, committed, "the refusal")
		require.True(t, fault.Is(err, "cancelled"), err)
		b.eventually(t, ticketID, ticket.Cancelled)
	})
}

func TestShutdownGivesTheJobBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ticketID, jobID := b.queued(t)
	started, causes := make(chan struct{}, 1), make(chan error, 1)
	e := b.executor(t, "one", &runner{run: untilStopped(started, causes, job.Verdict{State: job.Released})})
	require.NoError(t, e.Wake(t.Context(), jobID))
	wait(t, started, "the run starts")
	require.NoError(t, e.Shutdown(t.Context()))
	require.ErrorIs(t, <-causes, job.ErrShutdown)
	require.Equal(t, "queued", b.state(t, ticketID))
	require.NoError(t, e.Wake(t.Context(), jobID))
	require.Equal(t, "queued", b.state(t, ticketID), "it claims nothing any more")

	next := &runner{}
	require.NoError(t, b.executor(t, "two", next).Wake(t.Context(), jobID))
	b.eventually(t, ticketID, ticket.Succeeded)
	_, recovered := next.counts()
	require.Zero(t, recovered, "a job that was given back needs no clean-up")
}

func TestPanic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		commit bool
		want   ticket.State
	}{"before the commit point fails": {false, ticket.Failed}, "after it needs attention": {true, ticket.NeedsAttention}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			ticketID, jobID := b.queued(t)
			r := &runner{run: func(ctx context.Context, _ job.Job, control job.Control) job.Verdict {
				if c.commit {
					require.NoError(t, control.Commit(ctx, json.RawMessage(`{}`)))
				}
				panic("boom")
			}}
			require.NoError(t, b.executor(t, "one", r).Wake(t.Context(), jobID))
			b.eventually(t, ticketID, c.want)
			require.Equal(t, "panic", b.text(t, "SELECT failure_code FROM tickets WHERE id = ?", ticketID))
		})
	}
}

func TestLostLeaseDiscardsTheResult(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ticketID, jobID := b.queued(t)
	started, causes := make(chan struct{}, 1), make(chan error, 1)
	e := b.executor(t, "one", &runner{run: untilStopped(started, causes, job.Verdict{State: job.Succeeded})})
	require.NoError(t, e.Wake(t.Context(), jobID))
	wait(t, started, "the run starts")
	testkit.Exec(t, b.db, "UPDATE jobs SET fence = fence + 1, lease_owner = 'thief'")
	require.ErrorIs(t, wait(t, causes, "the run is stopped"), job.ErrLeaseLost)
	require.NoError(t, e.Shutdown(t.Context()))
	require.Equal(t, "running", b.state(t, ticketID))
	require.Equal(t, "thief", b.text(t, "SELECT lease_owner FROM jobs"))
}

// deaf is a store whose heartbeats stop being answered.
type deaf struct {
	*bench
	silent atomic.Bool
	beats  atomic.Int64
}

func (d *deaf) Heartbeat(ctx context.Context, id int64, fence uint64, lease time.Duration, phase string, progress json.RawMessage) (bool, error) {
	d.beats.Add(1)
	if d.silent.Load() {
		<-ctx.Done()
		return false, errors.New("no answer")
	}
	return d.bench.Heartbeat(ctx, id, fence, lease, phase, progress)
}

func TestWatchdogStopsARunWithoutHeartbeats(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ticketID, jobID := b.queued(t)
	d := &deaf{bench: b}
	started, causes := make(chan struct{}, 1), make(chan error, 1)
	e := b.executorOn(t, d, "one", &runner{run: untilStopped(started, causes, job.Verdict{State: job.Succeeded})})
	require.NoError(t, e.Wake(t.Context(), jobID))
	wait(t, started, "the run starts")
	d.silent.Store(true)
	require.ErrorIs(t, wait(t, causes, "the watchdog"), job.ErrLeaseLost)
	require.NoError(t, e.Shutdown(t.Context()))
	require.Equal(t, "running", b.state(t, ticketID), "its result does not count")
}

func TestProgressIsWrittenAtMostOnceASecond(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, jobID := b.queued(t)
	d := &deaf{bench: b}
	began, done := time.Now(), make(chan struct{})
	o := quick("one")
	o.Heartbeat = time.Hour // so that only progress is written
	o.Watchdog = time.Hour
	e := job.New(d, []job.Runner{&runner{run: func(_ context.Context, _ job.Job, c job.Control) job.Verdict {
		for n := 0; d.beats.Load() < 3; n++ {
			c.Progress("load", json.RawMessage(`{"n":1}`))
			time.Sleep(time.Millisecond) // a source of progress, not a wait
		}
		close(done)
		return job.Verdict{State: job.Succeeded}
	}}}, o)
	require.NoError(t, e.Wake(t.Context(), jobID))
	wait(t, done, "three writes")
	require.GreaterOrEqual(t, time.Since(began), 3*time.Second-100*time.Millisecond)
	require.NoError(t, e.Shutdown(t.Context()))
}
