package rest

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/ticket"
)

// Events reads committed events in their one order.
type Events interface {
	// After returns events with a seq above the given one, in order, at most limit.
	After(ctx context.Context, seq int64, limit int) ([]event.Event, error)
	// Last is the newest seq, 0 when there is none.
	Last(ctx context.Context) (int64, error)
	// Subscribe receives, until ctx ends, whenever there may be new events.
	Subscribe(ctx context.Context) <-chan struct{}
}

// ticketLister lists running tickets for their progress.
type ticketLister interface {
	List(ctx context.Context, actor event.Actor, f ticket.Filter, p ticket.Page) ([]ticket.View, error)
}

const (
	hubTick     = 500 * time.Millisecond
	hubProgress = time.Second
	hubKept     = 1024
	hubBatch    = 500
	maxStreams  = 10_000
	maxOwn      = 32 // streams of one person: every open page has one, and each reads the session once a second
)

// running is the progress of one running ticket, as the stream tells it to those who may see the ticket.
type running struct {
	ownerID int64
	TicketProgress
}

// TicketProgress is where a running ticket stands.
type TicketProgress struct {
	TicketID        int64           `json:"ticket_id"`
	Phase           string          `json:"phase"`
	CancelRequested bool            `json:"cancel_requested"`
	Progress        json.RawMessage `json:"progress,omitempty" swaggertype:"object"`
}

// hub reads each event once for all streams of this process and keeps the latest, so that a thousand open pages cost
// the database no more than one.
type hub struct {
	events  Events
	tickets ticketLister
	log     *slog.Logger

	mu       sync.Mutex
	kept     []event.Event // ascending
	floor    int64         // every event above it is in kept
	head     int64
	ready    bool // head has been read once
	progress []running
	streams  map[int64]int // open ones by user
	changed  chan struct{} // closed, and replaced, whenever something above changes
	closing  chan struct{}
	closed   bool
}

func newHub(events Events, tickets ticketLister, log *slog.Logger) *hub {
	return &hub{events: events, tickets: tickets, log: log, streams: map[int64]int{},
		changed: make(chan struct{}), closing: make(chan struct{})}
}

// run follows the events until ctx ends, then closes the streams.
func (h *hub) run(ctx context.Context) error {
	defer h.close()
	wake := h.events.Subscribe(ctx)
	tick := time.NewTicker(hubTick)
	defer tick.Stop()
	var failing bool
	var lastProgress time.Time
	for {
		err := h.pull(ctx)
		if err == nil && time.Since(lastProgress) >= hubProgress {
			lastProgress = time.Now()
			err = h.pullProgress(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
		if (err != nil) != failing { // once when it begins, not twice a second while the database is away
			failing = err != nil
			h.log.WarnContext(ctx, "the event stream follows the database", "failing", failing, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-tick.C:
		}
	}
}

func (h *hub) pull(ctx context.Context) error {
	if !h.isReady() {
		head, err := h.events.Last(ctx)
		if err != nil {
			return err
		}
		h.mu.Lock()
		h.head, h.floor, h.ready = head, head, true
		h.broadcast()
		h.mu.Unlock()
	}
	for {
		fresh, err := h.events.After(ctx, h.head, hubBatch) // head is written by this goroutine only
		if err != nil {
			return err
		}
		if len(fresh) > 0 {
			h.keep(fresh)
		}
		if len(fresh) < hubBatch {
			return nil
		}
	}
}

func (h *hub) keep(fresh []event.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept = append(h.kept, fresh...)
	if over := len(h.kept) - hubKept; over > 0 {
		h.floor = h.kept[over-1].Seq
		h.kept = append([]event.Event(nil), h.kept[over:]...)
	}
	h.head = fresh[len(fresh)-1].Seq
	h.broadcast()
}

// pullProgress reads the running tickets while somebody watches.
func (h *hub) pullProgress(ctx context.Context) error {
	h.mu.Lock()
	watched, had := len(h.streams) > 0, len(h.progress) > 0
	h.mu.Unlock()
	if !watched {
		return nil
	}
	views, err := h.tickets.List(ctx, event.System, ticket.Filter{States: []ticket.State{ticket.Running, ticket.Undoing}},
		ticket.Page{Limit: maxLimit})
	if err != nil {
		return err
	}
	progress := each(views, func(v ticket.View) running {
		return running{ownerID: v.RequesterID, TicketProgress: TicketProgress{TicketID: v.ID, Phase: v.Phase,
			CancelRequested: v.CancelAsked, Progress: v.Progress}}
	})
	if len(progress) == 0 && !had {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.progress = progress
	h.broadcast()
	return nil
}

// broadcast needs the lock.
func (h *hub) broadcast() {
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *hub) isReady() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ready
}

// last is the number of the newest event.
func (h *hub) last() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.head
}

// join counts a user's stream in; leave counts it out.
func (h *hub) join(userID int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	total := 0
	for _, own := range h.streams {
		total += own
	}
	switch {
	case h.closed || !h.ready || total >= maxStreams:
		return fault.New(fault.Unavailable, "stream_unavailable", "The stream is not available now. Try again.")
	case h.streams[userID] >= maxOwn:
		return fault.New(fault.Unavailable, "too_many_streams", "You have %d streams open. Close one.", maxOwn)
	}
	h.streams[userID]++
	return nil
}

func (h *hub) leave(userID int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.streams[userID]--; h.streams[userID] == 0 {
		delete(h.streams, userID)
	}
}

// close ends every stream and refuses new ones.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.closing)
	}
}

// snapshot is what a stream sees at one moment; changed is closed as soon as there is more.
type snapshot struct {
	events   []event.Event
	progress []running
	changed  <-chan struct{}
}

// after returns what came after seq, from memory where it is kept and else from the database.
func (h *hub) after(ctx context.Context, seq int64) (snapshot, error) {
	h.mu.Lock()
	now := snapshot{progress: h.progress, changed: h.changed}
	inMemory := seq >= h.floor
	if inMemory {
		from := len(h.kept)
		for from > 0 && h.kept[from-1].Seq > seq {
			from--
		}
		now.events = h.kept[from:len(h.kept):len(h.kept)]
	}
	h.mu.Unlock()
	if inMemory {
		return now, nil
	}
	var err error
	if now.events, err = h.events.After(ctx, seq, hubBatch); err == nil && len(now.events) > 0 {
		more := make(chan struct{})
		close(more) // do not wait: there may be another batch
		now.changed = more
	}
	return now, err
}
