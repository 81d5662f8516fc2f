package rest_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/api/rest"
	"overmind/pkg/account"
	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/inventory"
	"overmind/pkg/notify"
	"overmind/pkg/outbox"
	"overmind/pkg/secret"
	"overmind/pkg/stats"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

const (
	password     = "a long enough passphrase"
	metricsToken = "scrape-3bZ0xQ9d"
)

// bundle is an installation of its own, served by a real listener. Every answer in it is held to the document.
type bundle struct {
	server   *rest.Server
	http     *httptest.Server
	store    *store.Store
	accounts *account.Service
	stats    *stats.Service
	db       *sql.DB
	log      *buffer

	admin, dba, user, other client
}

// client is somebody with a personal access token; the zero value brings none.
type client struct {
	b      *bundle
	user   account.User
	bearer string
	http   *http.Client
}

func setup(t *testing.T, change ...func(*rest.Options)) *bundle {
	t.Helper()
	server := testkit.MariaDB(t)
	name, db := testkit.Database(t, server)
	s, err := store.Open(t.Context(), store.Options{
		Host: server.Host, Port: server.Port, User: "root", Password: secret.New(server.RootPassword), Database: name})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() }) // a test may have closed it
	require.NoError(t, s.Migrate(t.Context()))

	b := &bundle{store: s, db: db, log: &buffer{}}
	logger := slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.accounts = account.New(s.Accounts(), []byte("0123456789abcdefghijklmnopqrstuv"), time.Now)
	relay := outbox.New(s, logger)
	b.stats = stats.New(s, "UTC", time.Now, logger)
	o := options(t)
	o.Stats = b.stats
	o.Accounts, o.Tickets, o.Audit, o.Events = b.accounts, ticket.New(s, []ticket.Kind{note{}}, ticket.Limits{}), s, relay
	keys, _, err := secret.Ensure(filepath.Join(t.TempDir(), "keys"), "")
	require.NoError(t, err)
	o.Inventory = inventory.New(inventory.Options{Store: s.Inventory(), Sealer: keys, Prober: engine.New(engine.Options{}),
		Policy: inventory.AddressPolicy{AllowLoopback: true}, Log: logger})
	o.Notifications = notify.New(notify.Options{Store: s.Notifications(), Sealer: keys, Link: o.ExternalURL.String()})
	o.Ready, o.Log = map[string]func(context.Context) error{"database": s.Ping}, logger
	for _, c := range change {
		c(&o)
	}
	b.server, err = rest.New(o)
	require.NoError(t, err)

	b.http = httptest.NewUnstartedServer(nil)
	b.http.Config = b.server.HTTPServer()
	b.http.Config.Handler = contract(t, b.server)
	b.http.Start()
	b.run(t, func(ctx context.Context) error { relay.Run(ctx); return nil }, b.server.Run)
	t.Cleanup(func() { b.server.Drain(); b.http.Close() })

	b.admin = b.add(t, "root", event.RoleAdmin)
	b.dba = b.add(t, "dana", event.RoleDBA)
	b.user = b.add(t, "uma", event.RoleUser)
	b.other = b.add(t, "otto", event.RoleUser)
	return b
}

// options are complete, with services that have no database.
func options(t *testing.T) rest.Options {
	t.Helper()
	external, err := url.Parse("http://127.0.0.1:8080")
	require.NoError(t, err)
	var s *store.Store
	return rest.Options{Accounts: account.New(nil, nil, time.Now), Inventory: inventory.New(inventory.Options{}),
		Tickets: ticket.New(nil, nil, ticket.Limits{}), Notifications: notify.New(notify.Options{}), Audit: s, Stats: stats.New(nil, "UTC", time.Now, nil),
		Events: outbox.New(nil, nil), ExternalURL: external,
		CursorKey: bytes.Repeat([]byte{7}, 32), MetricsToken: secret.New(metricsToken), Version: "1.2.3"}
}

// run starts loops that end with the test.
func (b *bundle) run(t *testing.T, loops ...func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for _, loop := range loops {
		all.Go(func() { _ = loop(ctx) })
	}
	t.Cleanup(func() { cancel(); all.Wait() })
}

// add makes a user who has chosen a password, and a token. The row is written directly because hashing is slow by
// design and all of these have the same password.
func (b *bundle) add(t *testing.T, name string, role event.Role) client {
	t.Helper()
	hash, err := hashedPassword(b)
	require.NoError(t, err)
	_, err = b.db.ExecContext(t.Context(), `INSERT INTO users (username, display_name, email, team, language, role, password_hash, token_version,
		created_at, updated_at) VALUES (?, '', '', '', 'en', ?, ?, 1, NOW(6), NOW(6))`, name, role, hash)
	require.NoError(t, err)
	var u account.User
	require.NoError(t, b.db.QueryRowContext(t.Context(), "SELECT id FROM users WHERE username = ?", name).Scan(&u.ID))
	u, err = b.accounts.Get(t.Context(), event.System, u.ID)
	require.NoError(t, err)
	_, value, err := b.accounts.CreateToken(t.Context(), u.Actor(""), "test", time.Time{})
	require.NoError(t, err)
	return client{b: b, user: u, bearer: value.Reveal(), http: b.http.Client()}
}

var hashed struct {
	once sync.Once
	hash string
	err  error
}

func hashedPassword(b *bundle) (string, error) {
	hashed.once.Do(func() {
		_, hashed.err = b.accounts.Create(context.Background(), event.System, account.User{Username: "first", Role: event.RoleUser}, secret.New(password))
		if hashed.err == nil {
			hashed.err = b.db.QueryRow("SELECT password_hash FROM users WHERE username = 'first'").Scan(&hashed.hash)
		}
	})
	return hashed.hash, hashed.err
}

func (b *bundle) nobody() client { return client{b: b, http: b.http.Client()} }

// answer is a response that has been read.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

func (c client) request(t *testing.T, method, path, body string, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.b.http.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func (c client) do(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	return c.send(t, c.request(t, method, path, body, headers...))
}

func (c client) send(t *testing.T, r *http.Request) answer {
	t.Helper()
	response, err := c.http.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return answer{Status: response.StatusCode, Header: response.Header, Body: string(content)}
}

func (c client) get(t *testing.T, path string) answer { t.Helper(); return c.do(t, "GET", path, "") }

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.Body), v), a.Body)
}

func (a answer) problem(t *testing.T) rest.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"), a.Body)
	var p rest.Problem
	a.into(t, &p)
	return p
}

// refused requires a problem.
func (a answer) refused(t *testing.T, status int, code string) {
	t.Helper()
	p := a.problem(t)
	require.Equal(t, code, p.Code, a.Body)
	require.Equal(t, status, a.Status, a.Body)
}

// submit makes a ticket and returns it.
func (c client) submit(t *testing.T, title string) rest.TicketDetail {
	t.Helper()
	a := c.do(t, "POST", "/api/v1/tickets", `{"kind":"note","title":"`+title+`","spec":{"text":"hello"}}`)
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	var made rest.TicketDetail
	a.into(t, &made)
	return made
}

// note is a kind of ticket that does nothing, to test what is the same for every kind.
type note struct{}

func (note) Name() string { return "note" }

func (note) Canonical(_ context.Context, spec json.RawMessage) (json.RawMessage, ticket.Subject, error) {
	var in struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(spec, &in); err != nil || in.Text == "" {
		return nil, ticket.Subject{}, fault.OnField("spec.text", "required", "Say something.")
	}
	canonical, err := json.Marshal(in)
	return canonical, ticket.Subject{TargetDatabase: "notes"}, err
}

func (note) Preflight(context.Context, json.RawMessage) (ticket.Preflight, error) {
	return ticket.Preflight{Hash: "f0", Plan: json.RawMessage(`{"steps":1}`), At: time.Now(), Findings: []ticket.Finding{{Level: "note",
		Code: "harmless", Message: map[string]string{"en": "Harmless.", "zh": "无害。"}, Remedy: map[string]string{"en": "None.", "zh": "无。"}}}}, nil
}

func (note) CheckUndo(context.Context, ticket.Ticket, ticket.Swap) error { return nil }

// buffer is a log that can be read while it is written.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func names(people []rest.Person) (list []string) {
	for _, p := range people {
		list = append(list, p.Name)
	}
	return list
}
