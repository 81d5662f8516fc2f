package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

const (
	truthLimit  = 60 * time.Second // after a kill the ticket has to say what is on the target
	phaseLimit  = 2 * time.Minute  // for a busy machine to come to the moment of a kill, or from there to the end
	holdLongest = 150 * time.Millisecond
)

// A worker is killed with SIGKILL in every phase of a copy and of an undo. The target is at every moment entirely old or
// entirely new, and another worker brings the ticket to its end.
func TestKill_InEveryPhaseTheTargetIsOldOrNew(t *testing.T) {
	t.Parallel()
	in := install(t, "OVERMIND_WORKER_ENABLED=false")
	targets := []*localdb.Server{in.target}
	if killSeeds > 1 {
		own, err := localdb.Start(t.Context(), localdb.Options{Flavour: localdb.MySQL})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, own.Stop()) })
		targets = append(targets, own)
	}
	var cases []killCase
	for seed := range killSeeds {
		for _, m := range killMoments {
			cases = append(cases, killCase{engine.ExecutorNative, m, seed})
			if killSeeds > 1 || m.phase == "load" || m.phase == "index" { // what the pipe does not share with it
				cases = append(cases, killCase{engine.ExecutorPipe, m, seed})
			}
		}
	}
	var tally killTally
	for batch := range slices.Chunk(cases, 12) { // they wait most of the time, for a dead worker's lease to end
		var all sync.WaitGroup
		for _, c := range batch {
			all.Go(func() {
				t.Run(fmt.Sprintf("%s/%s/%d", c.executor, c.moment.phase, c.seed), func(t *testing.T) {
					k := newKilled(t, in, targets[c.seed%len(targets)], c)
					tally.add(c.moment.phase, k.run(t), k.mixed.Load())
				})
			})
		}
		all.Wait()
	}
	tally.print(t)
}

type killCase struct {
	executor engine.Executor
	moment   killMoment
	seed     int
}

// run kills the worker at its moment and gives the time from there until the ticket told the truth.
func (k *killed) run(t *testing.T) time.Duration {
	t.Helper()
	stop := k.watch(t)
	defer stop()
	if k.moment.undo {
		k.start(t)
		require.Equal(t, "succeeded", k.ends(t, k.ticket.ID, phaseLimit).State)
	}
	k.moment.reach(t, k)
	names := k.names(t)
	<-time.After(time.Duration(k.random.Int64N(int64(holdLongest)))) // the seed's own moment within the phase
	k.worker.kill(t)
	died := time.Now()
	heir := startProcess(t, k.workerSettings(), "worker")
	if k.seed%2 == 1 {
		<-time.After(time.Duration(k.random.Int64N(int64(2 * time.Second)))) // what the dead worker asked for goes on later
	}
	k.release()
	testkit.Eventually(t, truthLimit-time.Since(died), "the ticket tells the truth", func() bool { return k.isTrue(t) })
	truth := time.Since(died)

	want := "succeeded"
	if k.moment.undo {
		want = "undone"
	}
	ended := k.ends(t, k.ticket.ID, phaseLimit)
	require.Equalf(t, want, ended.State, "%s", ended.Failure)
	require.True(t, k.isTrue(t))
	stop()
	require.Zero(t, k.mixed.Load(), "the target was seen half old and half new")
	if !k.moment.undo && names.Staging != "" {
		require.Zero(t, k.count(t, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", names.Staging), "the dead run's staging")
	}
	k.noSecretsIn(t, k.worker, heir)
	return truth
}

// isTrue compares what the ticket says with what is on the target.
func (k *killed) isTrue(t *testing.T) bool {
	t.Helper()
	switch state := k.ticketState(t); state {
	case "succeeded":
		return k.isNew(t)
	case "undone":
		return k.isOld(t)
	case "queued":
		return k.isOld(t)
	case "running", "undoing": // by another worker, which has cleaned up by now or is about to
		var owner string
		require.NoError(t, k.meta.QueryRow("SELECT lease_owner FROM jobs WHERE ticket_id = ?", k.ticket.ID).Scan(&owner))
		return !strings.Contains(owner, fmt.Sprintf("/%d/", k.worker.Process.Pid)) && (state == "undoing" || k.isOld(t))
	default:
		t.Fatalf("the ticket is %s: %s", state, k.installation.ticket(t, k.ticket.ID).Failure)
		return false
	}
}

func (k *killed) ticketState(t *testing.T) string { return k.installation.ticket(t, k.ticket.ID).State }

// ends waits until the ticket rests.
func (k *killed) ends(t *testing.T, id int64, within time.Duration) (now demoTicket) {
	t.Helper()
	testkit.Eventually(t, within, fmt.Sprintf("ticket %d ends", id), func() bool {
		now = k.installation.ticket(t, id)
		return !slices.Contains([]string{"queued", "running", "undoing"}, now.State)
	})
	return now
}

func (k *killed) start(t *testing.T) {
	t.Helper()
	k.worker = startProcess(t, k.workerSettings(), "worker")
}

func (k *killed) workerSettings() []string {
	return append(slices.Clone(k.settings), "OVERMIND_WORKER_GROUPS="+k.group)
}

func (k *killed) undo(t *testing.T) {
	t.Helper()
	require.NoError(t, k.dba.call(t.Context(), http.MethodPost, fmt.Sprintf("/tickets/%d/undo", k.ticket.ID), nil, nil))
}

// names are the schemas of the run under way; zero before it has any.
func (k *killed) names(t *testing.T) (n engine.Names) {
	t.Helper()
	var text string
	require.NoError(t, k.meta.QueryRow("SELECT names FROM jobs WHERE ticket_id = ?", k.ticket.ID).Scan(&text))
	if text != "" {
		require.NoError(t, json.Unmarshal([]byte(text), &n))
	}
	return n
}

func (k *killed) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, k.onTarget.QueryRow(query, args...).Scan(&n), query)
	return n
}

// watch reads two tables of the target in one statement all the time: at every moment both are old or both are new.
func (k *killed) watch(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	query := fmt.Sprintf("SELECT (SELECT MIN(v) FROM %s.item), (SELECT MIN(v) FROM %s.note)", k.target, k.target)
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			var item, note sql.NullString
			err := k.onTarget.QueryRowContext(ctx, query).Scan(&item, &note)
			var said *mysql.MySQLError
			missing := errors.As(err, &said) && said.Number == 1146
			if missing || err == nil && item != note {
				k.mixed.Add(1)
			}
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// killTally counts by phase.
type killTally struct {
	mu     sync.Mutex
	counts map[string]*killCount
}

type killCount struct {
	kills, mixed     int
	fastest, slowest time.Duration
}

func (a *killTally) add(phase string, truth time.Duration, mixed int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.counts == nil {
		a.counts = map[string]*killCount{}
	}
	c := a.counts[phase]
	if c == nil {
		c = &killCount{fastest: truth}
		a.counts[phase] = c
	}
	c.kills++
	c.mixed += int(mixed)
	c.fastest, c.slowest = min(c.fastest, truth), max(c.slowest, truth)
}

func (a *killTally) print(t *testing.T) {
	for _, m := range killMoments {
		if c := a.counts[m.phase]; c != nil {
			t.Logf("killed %-28s %2d times: %d mixed targets, true after %.1f to %.1f s", m.phase, c.kills, c.mixed, c.fastest.Seconds(), c.slowest.Seconds())
		}
	}
}

func (k *killed) isNew(t *testing.T) bool { t.Helper(); return k.version(t) == "new" }
func (k *killed) isOld(t *testing.T) bool { t.Helper(); return k.version(t) == "old" }

// version is what the target holds, in one word when all of it is of one kind.
func (k *killed) version(t *testing.T) string {
	t.Helper()
	var found []string
	for _, q := range []string{
		"SELECT MIN(v) FROM %s.item", "SELECT MIN(v) FROM %s.note", "SELECT IF(%s.twice(1) = 2, 'new', 'old')", "SELECT v FROM %s.a_view",
		"SELECT IF(COUNT(*) = 0, 'old', 'new') FROM information_schema.TABLES WHERE TABLE_SCHEMA = '%s' AND TABLE_NAME = 'created'",
		"SELECT IF(GROUP_CONCAT(TRIGGER_NAME) = 'first', 'new', 'old') FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '%s'",
	} {
		var v sql.NullString
		if err := k.onTarget.QueryRow(fmt.Sprintf(q, k.target)).Scan(&v); err != nil {
			v.String = err.Error()
		}
		if !slices.Contains(found, v.String) {
			found = append(found, v.String)
		}
	}
	return strings.Join(found, "+")
}
