// Package outbox gives committed events their one order and tells readers that there are new ones. Readers page by
// number, so that a reader which was away misses nothing and sees nothing twice.
package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"overmind/pkg/event"
)

// Log is where the events are (pkg/store).
type Log interface {
	// NumberEvents numbers at most limit committed events and returns the last number and how many are new.
	NumberEvents(ctx context.Context, limit int) (last int64, numbered int, err error)
	// UnnumberedEvents tells whether events wait for their number, and which number was the last.
	UnnumberedEvents(ctx context.Context) (waiting bool, last int64, err error)
	EventsAfter(ctx context.Context, seq int64, limit int) ([]event.Event, error)
	// Committed receives after commits of this process that wrote events.
	Committed() <-chan struct{}
}

const (
	batch = 500
	// every bounds how late an event of a process that died right after its commit, or of another process, is seen.
	every = 200 * time.Millisecond
)

// Relay numbers events and wakes the readers of this process. Every process runs one; they exclude each other in the
// database for the time of one batch.
type Relay struct {
	events Log
	log    *slog.Logger

	mu   sync.Mutex
	last int64
	subs map[chan struct{}]struct{}
}

// New makes a Relay; Run starts it.
func New(events Log, log *slog.Logger) *Relay {
	return &Relay{events: events, log: log, subs: map[chan struct{}]struct{}{}}
}

// Run relays until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	failing := false
	for {
		err := r.round(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			r.log.Error("events not relayed", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-r.events.Committed():
		}
	}
}

// round looks before it takes the relay's row, so that idle processes do not queue for it.
func (r *Relay) round(ctx context.Context) error {
	waiting, last, err := r.events.UnnumberedEvents(ctx)
	if err != nil {
		return err
	}
	r.wake(last)
	for numbered := batch; waiting && numbered == batch; {
		if last, numbered, err = r.events.NumberEvents(ctx, batch); err != nil {
			return err
		}
		r.wake(last)
	}
	return nil
}

func (r *Relay) wake(last int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last <= r.last {
		return
	}
	r.last = last
	for sub := range r.subs {
		select {
		case sub <- struct{}{}:
		default: // this reader has not taken its last wake-up yet
		}
	}
}

// After returns at most limit events with a number above seq, in order.
func (r *Relay) After(ctx context.Context, seq int64, limit int) ([]event.Event, error) {
	return r.events.EventsAfter(ctx, seq, limit)
}

// Last is the number of the newest event that has one; a reader that wants only what is new starts there.
func (r *Relay) Last(ctx context.Context) (int64, error) {
	_, last, err := r.events.UnnumberedEvents(ctx)
	return last, err
}

// Subscribe receives, until ctx ends, whenever there may be events that were not there before. Several wake-ups may
// become one; the channel is never closed. Subscribe first, then read After, then wait: so nothing is missed.
func (r *Relay) Subscribe(ctx context.Context) <-chan struct{} {
	sub := make(chan struct{}, 1)
	r.mu.Lock()
	r.subs[sub] = struct{}{}
	r.mu.Unlock()
	context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.subs, sub)
	})
	return sub
}
