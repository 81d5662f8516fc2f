package rest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/api/rest"
	"overmind/pkg/event"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

// lengthy is a kind whose checks last until they are let go.
type lengthy struct {
	note
	release chan struct{}

	mu   sync.Mutex
	now  map[string]int // by spec
	most int
}

func (k *lengthy) Preflight(_ context.Context, spec json.RawMessage) (ticket.Preflight, error) {
	k.enter(string(spec), 1)
	<-k.release
	k.enter(string(spec), -1)
	return k.note.Preflight(context.Background(), spec)
}

func (k *lengthy) enter(spec string, by int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now[spec] += by
	k.most = max(k.most, k.now[spec])
}

func (k *lengthy) inside(word string) (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for spec, count := range k.now {
		if strings.Contains(spec, word) {
			n += count
		}
	}
	return n
}

func TestGate_OnePersonCannotTakeAllChecks(t *testing.T) {
	t.Parallel()
	kind := &lengthy{release: make(chan struct{}), now: map[string]int{}}
	b := setup(t, func(o *rest.Options) {
		o.Tickets = ticket.New(o.Audit.(*store.Store), []ticket.Kind{kind}, ticket.Limits{})
	})
	release := sync.OnceFunc(func() { close(kind.release) })
	t.Cleanup(release)
	var all sync.WaitGroup
	preview := func(who client, word string) {
		all.Go(func() {
			r := who.request(t, "POST", "/api/v1/tickets/preview", `{"kind":"note","spec":{"text":"`+word+`"}}`)
			response, err := who.http.Do(r)
			if err == nil {
				_ = response.Body.Close()
			}
			if err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("preview: %v %v", response, err)
			}
		})
	}
	const flood, share = 12, 4
	for range flood {
		preview(b.user, "flood")
	}
	testkit.Eventually(t, wait, "one person's share is taken", func() bool { return kind.inside("flood") == share })
	preview(b.other, "other")
	testkit.Eventually(t, wait, "somebody else is served", func() bool { return kind.inside("other") == 1 })
	release()
	all.Wait()
	require.Equal(t, share, kind.most)
}

// slow is a list of tickets that is not read before it is let go.
type slow struct {
	rest.Tickets
	release chan struct{}
	reading sync.Map // how many, by user
}

func (s *slow) List(ctx context.Context, who event.Actor, f ticket.Filter, p ticket.Page) ([]ticket.View, error) {
	if who.UserID != 0 { // the stream's own
		s.count(who.UserID).Add(1)
		defer s.count(who.UserID).Add(-1)
		<-s.release
	}
	return s.Tickets.List(ctx, who, f, p)
}

func (s *slow) count(userID int64) *atomic.Int64 {
	n, _ := s.reading.LoadOrStore(userID, new(atomic.Int64))
	return n.(*atomic.Int64)
}

func TestGate_OnePersonMakesFewFilesAtOnce(t *testing.T) {
	t.Parallel()
	tickets := &slow{release: make(chan struct{})}
	b := setup(t, func(o *rest.Options) { tickets.Tickets, o.Tickets = o.Tickets, tickets })
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	release := sync.OnceFunc(func() { close(tickets.release) })
	t.Cleanup(release)
	export := func(who client) {
		all.Go(func() {
			response, err := who.http.Do(who.request(t, "GET", "/api/v1/tickets/export", ""))
			if err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("export: %v %v", response, err)
				return
			}
			_ = response.Body.Close()
		})
	}
	for range 6 {
		export(b.user)
	}
	testkit.Eventually(t, wait, "one person's share is taken", func() bool { return tickets.count(b.user.user.ID).Load() == 2 })
	export(b.other)
	testkit.Eventually(t, wait, "somebody else is served", func() bool { return tickets.count(b.other.user.ID).Load() == 1 })
	require.EqualValues(t, 2, tickets.count(b.user.user.ID).Load())
	release()
	all.Wait()
}
