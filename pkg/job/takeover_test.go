package job_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/job"
	"overmind/pkg/secret"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

// ringer remembers rings and fails when told so.
type ringer struct {
	mu    sync.Mutex
	rings []job.Ring
	err   error
}

func (r *ringer) Ring(_ context.Context, ring job.Ring) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rings = append(r.rings, ring)
	return r.err
}

func (r *ringer) heard(id int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ring := range r.rings {
		if ring.JobID == id {
			return true
		}
	}
	return false
}

// reconcile runs a reconciler until the test ends.
func (b *bench) reconcile(t *testing.T, q job.Ringer, e *job.Executor) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		job.Reconciler{Store: b.Store, Ringer: q, Executor: e, Every: quick("").Heartbeat, Log: slog.New(slog.DiscardHandler)}.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
}

func TestReconciler(t *testing.T) {
	t.Parallel()
	t.Run("starts a job although no ring arrives", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.reconcile(t, &ringer{err: errors.New("queue is down")}, b.executor(t, "one", &runner{}))
		ticketID, _ := b.queued(t)
		b.eventually(t, ticketID, ticket.Succeeded)
	})
	t.Run("rings for other processes", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		q := &ringer{}
		b.reconcile(t, q, nil)
		_, jobID := b.queued(t)
		testkit.Eventually(t, soon, "the ring", func() bool { return q.heard(jobID) })
	})
}

func TestNudgeMakesACancelQuick(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ticketID, jobID := b.queued(t)
	started, causes := make(chan struct{}, 1), make(chan error, 1)
	o := quick("one")
	o.Lease, o.Heartbeat, o.Watchdog = time.Hour, time.Hour, time.Hour
	e := job.New(b.Store, []job.Runner{&runner{run: untilStopped(started, causes, job.Verdict{State: job.Cancelled})}}, o)
	require.NoError(t, e.Wake(t.Context(), jobID))
	wait(t, started, "the run starts")
	_, err := b.tickets.Cancel(t.Context(), ann, ticketID)
	require.NoError(t, err)

	nudge := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go job.Reconciler{Store: b.Store, Ringer: &ringer{}, Executor: e, Every: time.Hour, Nudge: nudge, Log: slog.New(slog.DiscardHandler)}.Run(ctx)
	nudge <- struct{}{}
	require.ErrorIs(t, wait(t, causes, "the cancel is seen"), job.ErrCancelled)
	require.NoError(t, e.Shutdown(t.Context()))
	require.Equal(t, "cancelled", b.state(t, ticketID))
}

func TestTakeoverCleansUpBeforeItRuns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ticketID, jobID := b.queued(t)
	dead, ok, err := b.Claim(t.Context(), jobID, "dead", []string{"default"}, quick("").Lease)
	require.NoError(t, err)
	require.True(t, ok)
	require.NoError(t, b.Save(t.Context(), jobID, dead.Fence, job.ColumnNames, json.RawMessage(`{"staging":"s"}`)))
	testkit.Exec(t, b.db, "UPDATE jobs SET lease_until = NOW(6) - INTERVAL 1 SECOND")

	order := make(chan string, 4)
	r := &runner{
		recover: func(_ context.Context, j job.Job, _ job.Control) job.Verdict {
			order <- "recover " + string(j.Names)
			return job.Verdict{State: job.Released}
		},
		run: func(_ context.Context, j job.Job, _ job.Control) job.Verdict {
			order <- "run " + string(j.Names)
			return job.Verdict{State: job.Succeeded}
		},
	}
	b.reconcile(t, &ringer{}, b.executor(t, "two", r))
	b.eventually(t, ticketID, ticket.Succeeded)
	require.Equal(t, `recover {"staging":"s"}`, <-order)
	require.Equal(t, "run ", <-order)
	require.True(t, isLeaseLost(b.Finish(t.Context(), jobID, dead.Fence, job.Verdict{State: job.Failed})), "the dead one may not speak any more")
}

func TestTakeoverOfACancelledJobCleansUpAndStops(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ticketID, jobID := b.queued(t)
	_, _, err := b.Claim(t.Context(), jobID, "dead", []string{"default"}, quick("").Lease)
	require.NoError(t, err)
	_, err = b.tickets.Cancel(t.Context(), ann, ticketID)
	require.NoError(t, err)
	testkit.Exec(t, b.db, "UPDATE jobs SET lease_until = NOW(6) - INTERVAL 1 SECOND")
	stopped := make(chan bool, 1)
	r := &runner{recover: func(ctx context.Context, j job.Job, c job.Control) job.Verdict {
		fence := b.text(t, "SELECT lease_until FROM jobs WHERE id = ?", j.ID)
		testkit.Eventually(t, soon, "a heartbeat", func() bool { return b.text(t, "SELECT lease_until FROM jobs WHERE id = ?", j.ID) > fence })
		stopped <- ctx.Err() != nil
		return job.Verdict{State: job.Released}
	}}
	b.reconcile(t, &ringer{}, b.executor(t, "two", r))
	b.eventually(t, ticketID, ticket.Cancelled)
	require.False(t, <-stopped, "a cancel does not stop the clean-up")
	runs, _ := r.counts()
	require.Zero(t, runs)
}

func isLeaseLost(err error) bool { return err != nil && errorCode(err) == "lease_lost" }

// childOptions is what a worker process gets on its standard input.
type childOptions struct {
	Store    store.Options
	Password string
	JobID    int64
}

// TestWorkerProcess is not a test: it is the program that the tests below start, kill and freeze.
func TestWorkerProcess(t *testing.T) {
	if os.Getenv("OVERMIND_TEST_WORKER") == "" {
		return // nobody's child
	}
	var o childOptions
	require.NoError(t, json.NewDecoder(os.Stdin).Decode(&o))
	o.Store.Password = secret.New(o.Password)
	s, err := store.Open(t.Context(), o.Store)
	require.NoError(t, err)
	ended := make(chan struct{})
	e := job.New(s, []job.Runner{&runner{run: func(ctx context.Context, _ job.Job, c job.Control) job.Verdict {
		defer close(ended)
		if err := c.Names(ctx, json.RawMessage(`{"staging":"child"}`)); err != nil {
			return job.Verdict{State: job.Failed, Code: "names"}
		}
		_, _ = os.Stdout.WriteString("running\n")
		<-ctx.Done()
		_, _ = os.Stdout.WriteString(context.Cause(ctx).Error() + "\n")
		return job.Verdict{State: job.Succeeded, Report: json.RawMessage(`"child"`)}
	}}}, quick("child"))
	require.NoError(t, e.Wake(t.Context(), o.JobID))
	<-ended
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
}

// startChild runs a worker process until it runs the job.
func startChild(t *testing.T, b *bench, jobID int64) (process *os.Process, says func() string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWorkerProcess$")
	command.Env = append(os.Environ(), "OVERMIND_TEST_WORKER=1")
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	require.NoError(t, err)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	o := childOptions{Store: b.options, Password: b.options.Password.Reveal(), JobID: jobID}
	require.NoError(t, json.NewEncoder(in).Encode(o))
	lines := bufio.NewScanner(out)
	says = func() string { lines.Scan(); return lines.Text() }
	require.Equal(t, "running", says())
	return command.Process, says
}

func TestKilledWorkerIsReplaced(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ticketID, jobID := b.queued(t)
	process, _ := startChild(t, b, jobID)
	require.NoError(t, process.Kill())

	r := &runner{}
	b.reconcile(t, &ringer{}, b.executor(t, "heir", r))
	b.eventually(t, ticketID, ticket.Succeeded)
	runs, recovered := r.counts()
	require.Equal(t, []int{1, 1}, []int{runs, recovered}, "cleaned up once, run once")
	require.EqualValues(t, 1, b.number(t, "SELECT COUNT(*) FROM events WHERE type = 'ticket.succeeded'"))
}

func TestFrozenWorkerCannotSpeakAfterItWakes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ticketID, jobID := b.queued(t)
	process, says := startChild(t, b, jobID)
	require.NoError(t, process.Signal(syscall.SIGSTOP))

	r := &runner{run: func(context.Context, job.Job, job.Control) job.Verdict {
		return job.Verdict{State: job.Succeeded, Report: json.RawMessage(`"heir"`)}
	}}
	b.reconcile(t, &ringer{}, b.executor(t, "heir", r))
	b.eventually(t, ticketID, ticket.Succeeded)
	require.NoError(t, process.Signal(syscall.SIGCONT))
	require.Equal(t, job.ErrLeaseLost.Error(), says())
	_, err := process.Wait()
	require.NoError(t, err)
	require.Equal(t, `"heir"`, b.text(t, "SELECT report FROM tickets WHERE id = ?", ticketID))
}
