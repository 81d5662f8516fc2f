package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/job"
	"overmind/pkg/localdb"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

// bench is a store with a schema, the ticket service over it, and a few people and servers.
type bench struct {
	*store.Store
	tickets *ticket.Service
	db      *sql.DB // root's own connection, to look behind the store and to make time pass
	options store.Options
	kind    *fakeKind
}

var (
	ann  = event.Actor{UserID: 1, Name: "ann", Role: event.RoleUser}
	bob  = event.Actor{UserID: 2, Name: "bob", Role: event.RoleUser}
	dora = event.Actor{UserID: 3, Name: "dora", Role: event.RoleDBA}
	dirk = event.Actor{UserID: 4, Name: "dirk", Role: event.RoleDBA}
)

// fakeKind stands in for a kind of tickets, not for a server: its spec names the databases, its findings are given.
type fakeKind struct {
	parts      []ticket.Lock // wanted beside the locks on the databases
	findings   []ticket.Finding
	refuseUndo error
}

type fakeSpec struct{ Source, Target string }

func (*fakeKind) Name() string { return "copy" }

func (*fakeKind) Canonical(_ context.Context, raw json.RawMessage) (json.RawMessage, ticket.Subject, error) {
	var spec fakeSpec
	if err := json.Unmarshal(raw, &spec); err != nil {
		return nil, ticket.Subject{}, fault.OnField("spec", "malformed", "not a spec")
	}
	canonical, err := json.Marshal(spec)
	return canonical, ticket.Subject{SourceInstanceID: 1, SourceDatabase: spec.Source, TargetInstanceID: 2, TargetDatabase: spec.Target}, err
}

func (k *fakeKind) Preflight(_ context.Context, raw json.RawMessage) (ticket.Preflight, error) {
	var spec fakeSpec
	err := json.Unmarshal(raw, &spec)
	return ticket.Preflight{Findings: k.findings, Hash: fmt.Sprintf("findings-%d", len(k.findings)), Plan: json.RawMessage(`{"tables":3}`),
		Locks: append([]ticket.Lock{{Key: "T/" + spec.Target, Exclusive: true}, {Key: "S/" + spec.Source}}, k.parts...)}, err
}

func (k *fakeKind) CheckUndo(context.Context, ticket.Ticket, ticket.Swap) error { return k.refuseUndo }

func setup(t *testing.T, server *localdb.Server) *bench {
	t.Helper()
	s, options := empty(t, server)
	require.NoError(t, s.Migrate(t.Context()))
	db := server.DB(options.Database)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, actor := range []event.Actor{ann, bob, dora, dirk} {
		testkit.Exec(t, db, fmt.Sprintf(`INSERT INTO users (id, username, display_name, email, team, language, role, password_hash, created_at, updated_at)
			VALUES (%d, '%s', '', '', '', 'en', '%s', '', NOW(6), NOW(6))`, actor.UserID, actor.Name, actor.Role))
	}
	testkit.Exec(t, db, `INSERT INTO environments (id, name, color, rank_order, protected, may_be_source, may_be_target, allow_self_approval, version)
		VALUES (1, 'production', '#cc0000', 9, 1, 1, 0, 0, 1), (2, 'test', '#00cc00', 1, 0, 1, 1, 0, 1)`)
	for id, name := range map[int]string{1: "prod-orders", 2: "test-a"} {
		testkit.Exec(t, db, fmt.Sprintf(`INSERT INTO instances (id, name, environment_id, host, port, flavour, server_version, fingerprint, tls, tls_ca,
			read_user, load_user, labels, owner, worker_group, version, connection_version, health, health_message, created_at, updated_at)
			VALUES (%d, '%s', %d, 'db%d', 3306, '', '', '', 'off', '', '', '', '{}', '', 'east', 1, 1, 'unknown', '', NOW(6), NOW(6))`, id, name, id, id))
	}
	kind := &fakeKind{}
	return &bench{Store: s, tickets: ticket.New(s, []ticket.Kind{kind}, ticket.Limits{}), db: db, options: options, kind: kind}
}

func onMariaDB(t *testing.T) *bench { t.Helper(); return setup(t, testkit.MariaDB(t)) }

func draft(title string) ticket.Draft {
	return ticket.Draft{Kind: "copy", Title: title, Spec: json.RawMessage(`{"Source":"orders","Target":"orders_test"}`)}
}

func (b *bench) submit(t *testing.T, actor event.Actor, title string) ticket.View {
	t.Helper()
	v, err := b.tickets.Submit(t.Context(), actor, draft(title))
	require.NoError(t, err)
	return v
}

func approvalOf(v ticket.View) ticket.Approval {
	return ticket.Approval{Version: v.Version, SpecHash: v.SpecHash, FindingsHash: v.Preflight.Hash}
}

// queued is a ticket of ann's that dora approved; jobID is its job.
func (b *bench) queued(t *testing.T, title string) (v ticket.View, jobID int64) {
	t.Helper()
	v = b.submit(t, ann, title)
	v, err := b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(v))
	require.NoError(t, err)
	return v, b.number(t, "SELECT id FROM jobs WHERE ticket_id = ?", v.ID)
}

func (b *bench) claim(t *testing.T, jobID int64, owner string) (job.Job, bool) {
	t.Helper()
	j, ok, err := b.Claim(t.Context(), jobID, owner, []string{"east"}, 20*time.Second)
	require.NoError(t, err)
	return j, ok
}

func (b *bench) mustClaim(t *testing.T, jobID int64, owner string) job.Job {
	t.Helper()
	j, ok := b.claim(t, jobID, owner)
	require.True(t, ok, "not claimed")
	return j
}

// expire makes the lease of a job run out, as if its owner had been silent.
func (b *bench) expire(t *testing.T, jobID int64) {
	t.Helper()
	b.exec(t, "UPDATE jobs SET lease_until = NOW(6) - INTERVAL 1 SECOND WHERE id = ?", jobID)
}

func (b *bench) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	_, err := b.db.ExecContext(t.Context(), "SET time_zone = '+00:00'")
	require.NoError(t, err)
	_, err = b.db.ExecContext(t.Context(), statement, args...)
	require.NoError(t, err)
}

func (b *bench) number(t *testing.T, query string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, b.db.QueryRowContext(t.Context(), query, args...).Scan(&n), query)
	return n
}

func (b *bench) get(t *testing.T, id int64) ticket.View {
	t.Helper()
	v, err := b.tickets.Get(t.Context(), dora, id)
	require.NoError(t, err)
	return v
}

// happened lists the types of a ticket's events without their prefix.
func (b *bench) happened(t *testing.T, id int64) []string {
	t.Helper()
	history, err := b.tickets.History(t.Context(), dora, id)
	require.NoError(t, err)
	var types []string
	for _, e := range history {
		types = append(types, e.Type[len("ticket."):])
	}
	return types
}

func requireCode(t *testing.T, code string, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.As(err).Code, err)
}
