package outbox_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/event"
	"overmind/pkg/outbox"
	"overmind/pkg/secret"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

// node is one process: its own connections and its own relay.
type node struct {
	*outbox.Relay
	store *store.Store
	db    *sql.DB
}

func nodes(t *testing.T, count int) []node {
	t.Helper()
	server := testkit.MariaDB(t)
	name, db := testkit.Database(t, server)
	var all []node
	for range count {
		s, err := store.Open(t.Context(), store.Options{Host: server.Host, Port: server.Port, User: "root",
			Password: secret.New(server.RootPassword), Database: name})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		require.NoError(t, s.Migrate(t.Context()))
		relay := outbox.New(s, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); relay.Run(ctx) }()
		t.Cleanup(func() { stop(); <-done })
		all = append(all, node{Relay: relay, store: s, db: db})
	}
	return all
}

// write makes one ticket, whose event carries the name.
func (n node) write(t *testing.T, name string) {
	data, err := json.Marshal(name)
	require.NoError(t, err)
	_, err = n.store.Create(t.Context(), ticket.Ticket{Kind: "copy", Title: name, State: ticket.PendingReview, Version: 1, SpecHash: "x"}, "",
		ticket.Change{Event: event.Event{Type: "ticket.submitted", Aggregate: ticket.Aggregate, Data: data},
			Audit: event.Audit{Action: "ticket.submit", Aggregate: ticket.Aggregate}})
	require.NoError(t, err)
}

// read follows the log as a stream does, until it has seen so many events.
func (n node) read(t *testing.T, want int) []event.Event {
	wake := n.Subscribe(t.Context())
	var seen []event.Event
	for after := int64(0); len(seen) < want; {
		page, err := n.After(t.Context(), after, 7)
		require.NoError(t, err)
		if len(page) == 0 {
			select {
			case <-wake:
			case <-t.Context().Done():
				return seen
			}
			continue
		}
		seen = append(seen, page...)
		after = page[len(page)-1].Seq
	}
	return seen
}

func TestRelay_EveryReaderSeesEveryEventOnceInOneOrder(t *testing.T) {
	t.Parallel()
	const writers, each = 6, 25
	all := nodes(t, 3)
	var wg sync.WaitGroup
	seen := make([][]event.Event, len(all))
	for i, n := range all {
		wg.Go(func() { seen[i] = n.read(t, writers*each) })
	}
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				all[w%len(all)].write(t, fmt.Sprintf("%d/%d", w, i))
			}
		})
	}
	wg.Wait()
	names := map[string]bool{}
	for i, e := range seen[0] {
		require.EqualValues(t, i+1, e.Seq, "numbers have no holes")
		names[string(e.Data)] = true
	}
	require.Len(t, names, writers*each)
	for _, other := range seen[1:] {
		require.Equal(t, seen[0], other)
	}
	last, err := all[0].Last(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, writers*each, last)
}

// Auto-increment ids are given at the insert, so a reader that paged by id would step over the slow one for ever.
func TestRelay_AnEventCommittedLateIsNumberedLate(t *testing.T) {
	t.Parallel()
	n := nodes(t, 1)[0]
	slow, err := n.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = slow.ExecContext(t.Context(), `INSERT INTO events (type, aggregate, subject_id, owner_id, actor_id, actor_name, data, at)
		VALUES ('ticket.slow', 'ticket', 1, 0, 0, '', '"slow"', NOW(6))`)
	require.NoError(t, err)
	n.write(t, "fast")
	require.JSONEq(t, `"fast"`, string(n.read(t, 1)[0].Data), "an open transaction holds nobody up")
	require.NoError(t, slow.Commit())
	seen := n.read(t, 2)
	require.JSONEq(t, `"slow"`, string(seen[1].Data))
	require.Less(t, seen[1].ID, seen[0].ID, "the test is about this order")
}
