package notify_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/event"
	"overmind/pkg/notify"
	"overmind/pkg/outbox"
	"overmind/pkg/secret"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

var (
	ann  = event.Actor{UserID: 1, Name: "ann", Role: event.RoleUser}
	dora = event.Actor{UserID: 2, Name: "dora", Role: event.RoleDBA}
	root = event.Actor{UserID: 3, Name: "root", Role: event.RoleAdmin}
)

// office is an installation's events, people and notifications, with a few servers in its inventory.
type office struct {
	*notify.Service
	store   *store.Store
	tickets *ticket.Service
	db      *sql.DB
	relay   *outbox.Relay
}

// copies is a kind of tickets without servers.
type copies struct{}

func (copies) Name() string { return "copy" }
func (copies) Canonical(_ context.Context, raw json.RawMessage) (json.RawMessage, ticket.Subject, error) {
	return raw, ticket.Subject{SourceInstanceID: 1, SourceDatabase: "orders", TargetInstanceID: 2, TargetDatabase: "orders_copy"}, nil
}
func (copies) Preflight(context.Context, json.RawMessage) (ticket.Preflight, error) {
	return ticket.Preflight{Hash: "none"}, nil
}

func (copies) CheckUndo(context.Context, ticket.Ticket, ticket.Swap) error { return nil }

func setup(t *testing.T, change ...func(*notify.Options)) *office {
	t.Helper()
	server := testkit.MariaDB(t)
	name, db := testkit.Database(t, server)
	s, err := store.Open(t.Context(), store.Options{Host: server.Host, Port: server.Port, User: "root", Password: secret.New(server.RootPassword), Database: name})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	db.SetMaxOpenConns(1)
	testkit.Exec(t, db, "SET time_zone = '+00:00'",
		`INSERT INTO users (id, username, display_name, email, team, language, role, password_hash, created_at, updated_at) VALUES
			(1, 'ann', 'Ann', 'ann@example.com', 'payments', 'zh', 'user', '', NOW(6), NOW(6)),
			(2, 'dora', 'Dora', 'dora@example.com', '', 'en', 'dba', '', NOW(6), NOW(6)),
			(3, 'root', 'Root', 'root@example.com', '', 'en', 'admin', '', NOW(6), NOW(6))`,
		`INSERT INTO environments (id, name, color, rank_order, protected, may_be_source, may_be_target, allow_self_approval, version)
			VALUES (1, 'production', '#cc0000', 9, 1, 1, 0, 0, 1), (2, 'test', '#00cc00', 1, 0, 1, 1, 0, 1), (3, 'lab', '#0000cc', 1, 0, 1, 1, 0, 1)`,
		`INSERT INTO instances (id, name, environment_id, host, port, flavour, server_version, fingerprint, tls, tls_ca, read_user, load_user,
			labels, owner, worker_group, version, connection_version, health, health_message, created_at, updated_at) VALUES
			(1, 'prod-orders', 1, 'db1', 3306, '', '', '', 'off', '', '', '', '{}', '', 'east', 1, 1, 'unknown', '', NOW(6), NOW(6)),
			(2, 'test-a', 2, 'db2', 3306, '', '', '', 'off', '', '', '', '{}', '', 'east', 1, 1, 'unknown', '', NOW(6), NOW(6))`)
	keys, _, err := secret.Ensure(filepath.Join(t.TempDir(), "keys"), "")
	require.NoError(t, err)
	options := notify.Options{Store: s.Notifications(), Sealer: keys, Link: "https://overmind.example.com",
		Guard: notify.Guard{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	for _, c := range change {
		c(&options)
	}
	return &office{Service: notify.New(options), store: s, db: db, relay: outbox.New(s, slog.New(slog.DiscardHandler)),
		tickets: ticket.New(s, []ticket.Kind{copies{}}, ticket.Limits{OpenTickets: 10000})}
}

// dispatch runs a dispatcher of its own until the returned function is called, or the test ends.
func (o *office) dispatch(t *testing.T, owner string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	d := &notify.Dispatcher{Service: o.Service, Owner: owner, Nudge: o.relay.Subscribe(ctx), Log: slog.New(slog.DiscardHandler),
		Patience: notify.Patience{Reminder: 4 * time.Hour, Escalation: 24 * time.Hour}}
	var loops sync.WaitGroup
	loops.Go(func() { o.relay.Run(ctx) })
	loops.Go(func() { d.Run(ctx) })
	stop = func() { cancel(); loops.Wait() }
	t.Cleanup(stop)
	return stop
}

func (o *office) submit(t *testing.T) ticket.View {
	t.Helper()
	v, err := o.tickets.Submit(t.Context(), ann, ticket.Draft{Kind: "copy", Title: "Refresh test-a", Spec: json.RawMessage(`{}`)})
	require.NoError(t, err)
	return v
}

func (o *office) comment(t *testing.T, id int64, text string) {
	t.Helper()
	_, err := o.tickets.Comment(t.Context(), dora, id, text)
	require.NoError(t, err)
}

// pass lets d go by. What is due is decided by the database's clock, so that nodes whose clocks differ agree, and that
// clock cannot be set by a test. But every decision compares a stored time with it, so moving all stored times back by d
// is the same as moving the clock on by d: all columns of all tables are, whichever there are.
func (o *office) pass(t *testing.T, d time.Duration) {
	t.Helper()
	for _, statement := range o.texts(t, `SELECT CONCAT('UPDATE ', table_name, ' SET ', GROUP_CONCAT(column_name, ' = ', column_name, ' - INTERVAL ? MICROSECOND'))
		FROM information_schema.columns WHERE table_schema = DATABASE() AND data_type = 'datetime' GROUP BY table_name`) {
		args := slices.Repeat([]any{d.Microseconds()}, strings.Count(statement, "?"))
		_, err := o.db.ExecContext(t.Context(), statement, args...)
		require.NoError(t, err, statement)
	}
}

func (o *office) texts(t *testing.T, query string) (list []string) {
	t.Helper()
	rows, err := o.db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		list = append(list, text)
	}
	require.NoError(t, rows.Err())
	return list
}

func (o *office) number(t *testing.T, query string) (n int64) {
	t.Helper()
	require.NoError(t, o.db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// drained waits until every event was seen and no message waits.
func (o *office) drained(t *testing.T, within time.Duration) {
	t.Helper()
	testkit.Eventually(t, within, "every message is delivered or given up", func() bool {
		return o.number(t, `SELECT (SELECT COUNT(*) FROM deliveries WHERE state = 'queued') + (SELECT COUNT(*) FROM events WHERE seq IS NULL)
			+ (SELECT COUNT(*) FROM events WHERE seq > (SELECT value FROM leases WHERE name = 'notify'))`) == 0
	})
}

// hook is a receiver of webhooks that may be out of order.
type hook struct {
	url string

	mu    sync.Mutex
	fail  func(h *hook, w http.ResponseWriter) bool // whether it has answered with a failure
	calls int
	got   []call
}

type call struct {
	id   string
	Type string `json:"type"`
	Data struct {
		TicketID int64  `json:"ticket_id"`
		Text     string `json:"text"`
	} `json:"data"`
}

func startHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL + "/hook"
	return h
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender was killed
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	if h.fail != nil && h.fail(h, w) {
		return
	}
	c := call{id: r.Header.Get("webhook-id")}
	if err := json.Unmarshal(body, &c); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.got = append(h.got, c)
}

func (h *hook) set(fail func(h *hook, w http.ResponseWriter) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = fail
}

func (h *hook) received() []call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

func (h *hook) asked() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls
}

func down(_ *hook, w http.ResponseWriter) bool {
	w.WriteHeader(http.StatusBadGateway)
	return true
}

func (o *office) webhook(t *testing.T, name string, h *hook, rule notify.Rule) notify.Channel {
	t.Helper()
	if rule.Types == nil {
		rule.Types = notify.Types()
	}
	c, err := o.Create(t.Context(), root, notify.Channel{Name: name, Kind: notify.Webhook, Language: "en", Rule: rule}, notify.Secrets{URL: secret.New(h.url)})
	require.NoError(t, err)
	return c
}
