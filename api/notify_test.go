package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/testkit"
)

// receiver is a webhook that keeps what it gets. While it holds, it answers nothing.
type receiver struct {
	url string

	mu      sync.Mutex
	got     []comment
	holding chan struct{}
	arrived chan comment
}

type comment struct{ id, text string }

func startReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{arrived: make(chan comment, 100)}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func (r *receiver) ServeHTTP(_ http.ResponseWriter, request *http.Request) {
	var message struct {
		Data struct {
			Text string `json:"text"`
		} `json:"data"`
	}
	body, err := io.ReadAll(request.Body)
	if err != nil || json.Unmarshal(body, &message) != nil {
		return // the sender was killed before it had said all of it
	}
	got := comment{request.Header.Get("webhook-id"), message.Data.Text}
	r.mu.Lock()
	r.got = append(r.got, got)
	holding := r.holding
	r.mu.Unlock()
	r.arrived <- got
	if holding != nil {
		<-holding
	}
}

func (r *receiver) hold() (release func()) {
	held := make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holding = held
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.holding = nil
		close(held)
	}
}

// ids are those under which a text arrived, once for each time.
func (r *receiver) ids(text string) (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.got {
		if c.text == text {
			ids = append(ids, c.id)
		}
	}
	return ids
}

// talk is an installation with one ticket whose comments go to a webhook.
type talk struct {
	*installation
	*receiver
	ticketID int64
	metadata *sql.DB
}

func startTalk(t *testing.T) *talk {
	t.Helper()
	in := install(t, "OVERMIND_NOTIFY_ALLOWED_NETWORKS=127.0.0.0/8", "OVERMIND_WORKER_ENABLED=false")
	w := &talk{installation: in, receiver: startReceiver(t), metadata: testkit.MySQL(t).DB(in.database)}
	t.Cleanup(func() { require.NoError(t, w.metadata.Close()) })
	source, db := testkit.Database(t, in.source)
	testkit.Exec(t, db, "CREATE TABLE t (id INT PRIMARY KEY)")
	w.ticketID = in.submit(t, source, "talked_about").ID
	require.NoError(t, in.admin.call(t.Context(), http.MethodPost, "/channels", map[string]any{"name": "hook", "kind": "webhook", "language": "en",
		"url": w.receiver.url, "rule": map[string]any{"types": []string{"ticket.commented"}}}, nil))
	return w
}

func (w *talk) say(t *testing.T, text string) {
	t.Helper()
	require.NoError(t, w.dba.call(t.Context(), http.MethodPost, fmt.Sprintf("/tickets/%d/comments", w.ticketID), map[string]any{"text": text}, nil))
}

// restart starts the killed program again; the lease of what it was sending is over at once.
func (w *talk) restart(t *testing.T) {
	t.Helper()
	testkit.Exec(t, w.metadata, "SET time_zone = '+00:00'", "UPDATE deliveries SET lease_until = NOW(6) WHERE lease_until IS NOT NULL")
	w.serve = startProcess(t, w.settings, "serve")
	w.waitReady(t)
}

func (w *talk) hears(t *testing.T, text string) {
	t.Helper()
	for limit := time.After(60 * time.Second); ; {
		select {
		case got := <-w.arrived:
			if got.text == text {
				return
			}
		case <-limit:
			t.Fatalf("%q was lost:\n%s", text, w.serve.output)
		}
	}
}

// The program is killed after the event was committed and before the message is sent: once before it is planned, once
// before it is claimed.
func TestNotify_KillBetweenCommitAndSendLosesNothing(t *testing.T) {
	t.Parallel()
	w := startTalk(t)
	twice := 0
	for _, barrier := range []string{"SELECT value FROM leases WHERE name = 'notify' FOR UPDATE", "SELECT id FROM channels FOR UPDATE"} {
		for i := range messageKills {
			text := fmt.Sprint(barrier[:15], i)
			tx, err := w.metadata.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			_, err = tx.ExecContext(t.Context(), barrier)
			require.NoError(t, err)
			w.say(t, text)
			w.serve.kill(t)
			require.NoError(t, tx.Rollback())
			require.Empty(t, w.ids(text), "it was sent before the kill")
			w.restart(t)
			w.hears(t, text)
			ids := w.ids(text)
			require.Len(t, slices.Compact(ids), 1, "the duplicate has another id")
			twice += len(ids) - 1
		}
	}
	t.Logf("%d kills between commit and send: 0 lost, %d sent twice", 2*messageKills, twice)
}

// The program is killed when the receiver has the message and before it could write that down.
func TestNotify_KillBetweenSendAndMarkRepeatsWithTheSameID(t *testing.T) {
	t.Parallel()
	w := startTalk(t)
	for i := range messageKills {
		text := fmt.Sprint("message ", i)
		release := w.hold()
		w.say(t, text)
		w.hears(t, text)
		w.serve.kill(t)
		release()
		w.restart(t)
		w.hears(t, text)
		ids := w.ids(text)
		require.Len(t, ids, 2)
		require.Len(t, slices.Compact(ids), 1, "the duplicate has another id")
	}
	var messages struct {
		Items []struct {
			State    string
			Attempts int
		}
	}
	testkit.Eventually(t, 60*time.Second, "every message is delivered at the second try", func() bool {
		require.NoError(t, w.user.call(t.Context(), http.MethodGet, fmt.Sprintf("/tickets/%d/messages", w.ticketID), nil, &messages))
		return len(messages.Items) == messageKills && !slices.ContainsFunc(messages.Items, func(m struct {
			State    string
			Attempts int
		}) bool {
			return m.State != "delivered" || m.Attempts != 2
		})
	})
	w.noSecretsIn(t, w.serve)
	t.Logf("%d kills between send and mark: 0 lost, each sent again with the same id", messageKills)
}
