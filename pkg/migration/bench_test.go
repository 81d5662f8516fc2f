package migration_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/engine/check"
	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/inventory"
	"overmind/pkg/job"
	"overmind/pkg/localdb"
	"overmind/pkg/migration"
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

// bench is everything between a ticket and two real servers, and a source database of its own.
type bench struct {
	*store.Store
	tickets        *ticket.Service
	inventory      *inventory.Service
	migration      *migration.Migration
	meta           *sql.DB
	from, to       *sql.DB // root's
	source, target inventory.Instance
	database       string // on the source
	copy           string // the name on the target
}

func newBench(t *testing.T, statements ...string) *bench {
	t.Helper()
	b := &bench{}
	server := testkit.MariaDB(t)
	name, meta := testkit.Database(t, server)
	s, err := store.Open(t.Context(), store.Options{Host: server.Host, Port: server.Port, User: "root",
		Password: secret.New(server.RootPassword), Database: name, TLS: "off"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	for _, actor := range []event.Actor{ann, dora} {
		testkit.Exec(t, meta, fmt.Sprintf(`INSERT INTO users (id, username, display_name, email, team, language, role, password_hash, created_at, updated_at)
			VALUES (%d, '%s', '', '', '', 'en', '%s', '', NOW(6), NOW(6))`, actor.UserID, actor.Name, actor.Role))
	}
	keys, _, err := secret.Ensure(filepath.Join(t.TempDir(), "keys.json"), "")
	require.NoError(t, err)
	e := engine.New(engine.Options{Checks: check.Run})
	b.Store, b.meta = s, meta
	b.inventory = inventory.New(inventory.Options{Store: s.Inventory(), Sealer: keys, Prober: e, Policy: inventory.AddressPolicy{AllowLoopback: true}})
	b.migration = migration.New(b.inventory, e, s)
	b.tickets = ticket.New(s, []ticket.Kind{b.migration}, ticket.Limits{})

	production := b.environment(t, inventory.Environment{Name: "production", Color: "#cc0000", Rank: 9, Protected: true, MayBeSource: true})
	test := b.environment(t, inventory.Environment{Name: "test", Color: "#00cc00", Rank: 1, MayBeSource: true, MayBeTarget: true})
	b.source = b.instance(t, "prod", production, server)
	b.target = b.instance(t, "test", test, testkit.SecondMariaDB(t))
	var db *sql.DB
	b.database, db = testkit.Database(t, server)
	testkit.Exec(t, db, statements...)
	b.copy = "copy_of_" + b.database
	b.from, b.to = db, testkit.SecondMariaDB(t).DB("")
	t.Cleanup(func() {
		_, err := b.to.Exec("DROP DATABASE IF EXISTS " + b.copy)
		require.NoError(t, err)
		require.NoError(t, b.to.Close())
	})
	return b
}

func (b *bench) environment(t *testing.T, e inventory.Environment) inventory.Environment {
	t.Helper()
	e, err := b.inventory.CreateEnvironment(t.Context(), dora, e)
	require.NoError(t, err)
	return e
}

func (b *bench) instance(t *testing.T, name string, e inventory.Environment, s *localdb.Server) inventory.Instance {
	t.Helper()
	user, password := testkit.User(t, s, "GRANT ALL PRIVILEGES ON *.* TO %s")
	i, err := b.inventory.Create(t.Context(), dora, inventory.Instance{Name: name, EnvironmentID: e.ID, Host: s.Host, Port: s.Port,
		ReadAccount: inventory.Account{User: user}, LoadAccount: inventory.Account{User: user}, WorkerGroup: "default"},
		inventory.Passwords{Read: secret.New(password), Load: secret.New(password)})
	require.NoError(t, err)
	_, err = b.inventory.Test(t.Context(), dora, i.ID) // detects the fingerprint
	require.NoError(t, err)
	i, err = b.inventory.Get(t.Context(), dora, i.ID)
	require.NoError(t, err)
	return i
}

// spec is a spec from the source to the target, with more fields.
func (b *bench) spec(more string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"source":{"instance_id":%d,"database":%q},"target":{"instance_id":%d,"database":%q}%s}`,
		b.source.ID, b.database, b.target.ID, b.copy, more))
}

func (b *bench) submit(t *testing.T, spec json.RawMessage) ticket.View {
	t.Helper()
	v, err := b.tickets.Submit(t.Context(), ann, ticket.Draft{Kind: migration.Name, Title: "t", Spec: spec})
	require.NoError(t, err)
	return v
}

// approved is an approved ticket and its job.
func (b *bench) approved(t *testing.T, spec json.RawMessage) (ticketID, jobID int64) {
	t.Helper()
	v := b.submit(t, spec)
	for _, f := range v.Preflight.Findings {
		require.NotEqual(t, "block", f.Level, "%s %v %s", f.Code, f.Objects, f.Message["en"])
	}
	_, err := b.tickets.Approve(t.Context(), dora, v.ID, ticket.Approval{Version: v.Version, SpecHash: v.SpecHash, FindingsHash: v.Preflight.Hash})
	require.NoError(t, err)
	return v.ID, number(t, b.meta, "SELECT id FROM jobs WHERE ticket_id = ?", v.ID)
}

// worker executes jobs until the test ends.
func (b *bench) worker(t *testing.T, s job.Store, owner string) *job.Executor {
	t.Helper()
	e := job.New(s, []job.Runner{b.migration}, job.Options{Owner: owner, Groups: []string{"default"}, Slots: 2,
		Lease: 12 * time.Second, Heartbeat: 500 * time.Millisecond, Watchdog: 10 * time.Second})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		job.Reconciler{Store: b.Store, Ringer: nobody{}, Executor: e, Every: 100 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		// A test that failed with the run held up must not hang here.
		ctx, stop := context.WithTimeout(context.Background(), soon)
		defer stop()
		require.NoError(t, e.Shutdown(ctx))
	})
	return e
}

// nobody is a queue without listeners.
type nobody struct{}

func (nobody) Ring(context.Context, job.Ring) error { return nil }

func (b *bench) ends(t *testing.T, ticketID int64, state ticket.State) ticket.View {
	t.Helper()
	var v ticket.View
	testkit.Eventually(t, soon, "the ticket is "+string(state), func() bool {
		var err error
		v, err = b.tickets.Get(t.Context(), dora, ticketID)
		require.NoError(t, err)
		if v.State != state && (v.State == ticket.Failed || v.State == ticket.NeedsAttention || v.State == ticket.Succeeded) {
			t.Fatalf("the ticket is %s: %s %s", v.State, v.FailureCode, v.Failure)
		}
		return v.State == state
	})
	return v
}

// staging lists what runs have left on the target for this source.
func (b *bench) staging(t *testing.T) (n int64) {
	t.Helper()
	var names []string
	rows, err := b.meta.Query("SELECT names FROM jobs WHERE names <> ''")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		var n engine.Names
		require.NoError(t, json.Unmarshal([]byte(text), &n))
		names = append(names, n.Staging)
	}
	for _, name := range names {
		n += number(t, b.to, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", name)
	}
	return n
}

func number(t *testing.T, db *sql.DB, query string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, db.QueryRow(query, args...).Scan(&n), query)
	return n
}

func requireField(t *testing.T, err error, field, code string) {
	t.Helper()
	require.Error(t, err)
	refused := fault.As(err)
	require.Equal(t, fault.Invalid, refused.Kind, err)
	require.Equal(t, field, refused.Fields[0].Name)
	require.Equal(t, code, refused.Fields[0].Code)
}
