package job_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/event"
	"overmind/pkg/job"
	"overmind/pkg/secret"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

const soon = 60 * time.Second

var (
	ann  = event.Actor{UserID: 1, Name: "ann", Role: event.RoleUser}
	dora = event.Actor{UserID: 2, Name: "dora", Role: event.RoleDBA}
)

// bench is a real store with the ticket service over it.
type bench struct {
	*store.Store
	tickets *ticket.Service
	db      *sql.DB // root's, to look behind the store
	options store.Options
}

func newBench(t *testing.T) *bench {
	t.Helper()
	server := testkit.MariaDB(t)
	name, db := testkit.Database(t, server)
	o := store.Options{Host: server.Host, Port: server.Port, User: "root", Password: secret.New(server.RootPassword), Database: name, TLS: "off", KeepOld: time.Millisecond}
	s, err := store.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	for _, actor := range []event.Actor{ann, dora} {
		testkit.Exec(t, db, fmt.Sprintf(`INSERT INTO users (id, username, display_name, email, team, language, role, password_hash, created_at, updated_at)
			VALUES (%d, '%s', '', '', '', 'en', '%s', '', NOW(6), NOW(6))`, actor.UserID, actor.Name, actor.Role))
	}
	testkit.Exec(t, db, `INSERT INTO environments (id, name, color, rank_order, protected, may_be_source, may_be_target, allow_self_approval, version)
		VALUES (1, 'test', '#00cc00', 1, 0, 1, 1, 0, 1)`, `INSERT INTO instances (id, name, environment_id, host, port, flavour, server_version,
		fingerprint, tls, tls_ca, read_user, load_user, labels, owner, worker_group, version, connection_version, health, health_message, created_at, updated_at)
		VALUES (1, 'a', 1, 'a', 3306, '', '', '', 'off', '', '', '', '{}', '', 'default', 1, 1, 'unknown', '', NOW(6), NOW(6))`)
	return &bench{Store: s, tickets: ticket.New(s, []ticket.Kind{kind{}}, ticket.Limits{}), db: db, options: o}
}

// kind is a kind of tickets without any meaning.
type kind struct{}

func (kind) Name() string { return "test" }
func (kind) Canonical(_ context.Context, raw json.RawMessage) (json.RawMessage, ticket.Subject, error) {
	return raw, ticket.Subject{SourceInstanceID: 1, SourceDatabase: "s", TargetInstanceID: 1, TargetDatabase: "d"}, nil
}
func (kind) Preflight(context.Context, json.RawMessage) (ticket.Preflight, error) {
	return ticket.Preflight{Hash: "h", Plan: json.RawMessage(`{}`)}, nil
}

func (kind) CheckUndo(context.Context, ticket.Ticket, ticket.Swap) error { return nil }

// queued is an approved ticket and its job.
func (b *bench) queued(t *testing.T) (ticketID, jobID int64) {
	t.Helper()
	v, err := b.tickets.Submit(t.Context(), ann, ticket.Draft{Kind: "test", Title: "t", Spec: json.RawMessage(`{}`)})
	require.NoError(t, err)
	_, err = b.tickets.Approve(t.Context(), dora, v.ID, ticket.Approval{Version: v.Version, SpecHash: v.SpecHash, FindingsHash: v.Preflight.Hash})
	require.NoError(t, err)
	return v.ID, b.number(t, "SELECT id FROM jobs WHERE ticket_id = ?", v.ID)
}

func (b *bench) number(t *testing.T, query string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, b.db.QueryRowContext(t.Context(), query, args...).Scan(&n), query)
	return n
}

func (b *bench) text(t *testing.T, query string, args ...any) (s string) {
	t.Helper()
	require.NoError(t, b.db.QueryRowContext(t.Context(), query, args...).Scan(&s), query)
	return s
}

func (b *bench) state(t *testing.T, ticketID int64) string {
	t.Helper()
	return b.text(t, "SELECT state FROM tickets WHERE id = ?", ticketID)
}

func (b *bench) eventually(t *testing.T, ticketID int64, state ticket.State) {
	t.Helper()
	testkit.Eventually(t, soon, "the ticket is "+string(state), func() bool { return b.state(t, ticketID) == string(state) })
}

// runner does what a test says. What it is not told ends well at once.
type runner struct {
	run     func(ctx context.Context, j job.Job, c job.Control) job.Verdict
	recover func(ctx context.Context, j job.Job, c job.Control) job.Verdict
	drop    func(k job.Kept) error

	mu        sync.Mutex
	runs      int
	recovered int
}

func (r *runner) Kind() string { return "test" }

func (r *runner) Run(ctx context.Context, j job.Job, c job.Control) job.Verdict {
	r.mu.Lock()
	r.runs++
	r.mu.Unlock()
	if r.run == nil {
		return job.Verdict{State: job.Succeeded}
	}
	return r.run(ctx, j, c)
}

func (r *runner) Recover(ctx context.Context, j job.Job, c job.Control) job.Verdict {
	r.mu.Lock()
	r.recovered++
	r.mu.Unlock()
	if r.recover == nil {
		return job.Verdict{State: job.Released}
	}
	return r.recover(ctx, j, c)
}

func (r *runner) DropKept(_ context.Context, k job.Kept) error { return r.drop(k) }

func (r *runner) counts() (runs, recovered int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.runs, r.recovered
}

// quick are the times of a worker in tests; a lease is still long enough for a busy machine.
func quick(owner string) job.Options {
	return job.Options{Owner: owner, Groups: []string{"default"}, Slots: 4, Lease: 8 * time.Second, Heartbeat: 500 * time.Millisecond, Watchdog: 6 * time.Second}
}

func (b *bench) executor(t *testing.T, owner string, r *runner) *job.Executor {
	t.Helper()
	return b.executorOn(t, b.Store, owner, r)
}

func (b *bench) executorOn(t *testing.T, s job.Store, owner string, r *runner) *job.Executor {
	t.Helper()
	e := job.New(s, []job.Runner{r}, quick(owner))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		require.NoError(t, e.Shutdown(ctx))
	})
	return e
}

func wait[T any](t *testing.T, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(soon):
		t.Fatalf("not within %s: %s", soon, what)
	}
	return v
}
