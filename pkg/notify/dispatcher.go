package notify

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Patience is after which time people are reminded of a ticket that waits, for review or in the queue; 0 is never.
type Patience struct {
	Reminder   time.Duration
	Escalation time.Duration
}

// Dispatcher turns events into messages and delivers them. Every serving process runs one; they share the work through
// the database. A channel is served by one goroutine a process, so that a slow one delays nobody else.
type Dispatcher struct {
	Service  *Service
	Owner    string          // this process and start, as leases name it
	Nudge    <-chan struct{} // receives when there may be new events
	Patience Patience
	Log      *slog.Logger

	mu      sync.Mutex
	serving map[int64]bool
	work    sync.WaitGroup
}

const (
	lookEvery   = time.Second
	sweepEvery  = 30 * time.Second
	fanOutBatch = 200
	// leaseTime is longer than a try may take, so that a lease only runs out where the process is gone.
	leaseTime = 4 * sendTime
)

// Run works until ctx ends and what is being sent has been.
func (d *Dispatcher) Run(ctx context.Context) {
	defer d.work.Wait()
	look, sweep := time.NewTicker(lookEvery), time.NewTicker(sweepEvery)
	defer look.Stop()
	defer sweep.Stop()
	d.try(ctx, "sweep", d.sweep)
	for {
		d.try(ctx, "deliver", d.round)
		select {
		case <-ctx.Done():
			return
		case <-d.Nudge:
		case <-look.C:
		case <-sweep.C:
			d.try(ctx, "sweep", d.sweep)
		}
	}
}

func (d *Dispatcher) try(ctx context.Context, what string, fn func(context.Context) error) {
	if err := fn(ctx); err != nil && ctx.Err() == nil {
		d.Log.ErrorContext(ctx, "notifications: "+what, "error", err)
	}
}

// round reads what is new and sees to every channel that has something to send.
func (d *Dispatcher) round(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = d.Service.store.FanOut(ctx, fanOutBatch, Route); err != nil {
			return err
		}
	}
	ready, err := d.Service.store.Ready(ctx)
	if err != nil {
		return err
	}
	for _, channel := range ready {
		if !d.begin(channel.ID) {
			continue
		}
		d.work.Go(func() {
			defer d.end(channel.ID)
			d.try(ctx, "serve a channel", func(ctx context.Context) error { return d.serve(ctx, channel) })
		})
	}
	return nil
}

func (d *Dispatcher) begin(id int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.serving == nil {
		d.serving = map[int64]bool{}
	}
	if d.serving[id] {
		return false
	}
	d.serving[id] = true
	return true
}

func (d *Dispatcher) end(id int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.serving, id)
}

// serve sends the channel's messages one after the other until none may be sent now.
func (d *Dispatcher) serve(ctx context.Context, channel ReadyChannel) error {
	for ctx.Err() == nil {
		next, failures, ok, err := d.Service.store.Claim(ctx, channel.ID, d.Owner, paces[channel.Kind], leaseTime)
		if err != nil || !ok {
			return err
		}
		// What has been claimed is sent even while the process ends: a message half said would be said twice.
		finishing := context.WithoutCancel(ctx)
		if err := d.Service.store.Settle(finishing, next, d.attempt(finishing, next, failures)); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dispatcher) attempt(ctx context.Context, next Delivery, failures int) Outcome {
	f := d.Service.deliver(ctx, next)
	if f == nil {
		return Outcome{}
	}
	pause := backoff(failures + 1)
	if f.OnlyThis {
		pause = backoff(next.Attempts)
	}
	return Outcome{Failure: f, Pause: max(pause, f.After)}
}

// sweep gives up what is too old and reminds of what waits.
func (d *Dispatcher) sweep(ctx context.Context) error {
	expired, err := d.Service.store.Expire(ctx)
	if err != nil {
		return err
	}
	if expired > 0 {
		d.Log.WarnContext(ctx, "messages given up after a day", "messages", expired)
	}
	return errors.Join(d.remind(ctx, ReviewReminder, d.Patience.Reminder), d.remind(ctx, ReviewEscalated, d.Patience.Escalation),
		d.remind(ctx, QueueReminder, d.Patience.Reminder), d.remind(ctx, QueueEscalated, d.Patience.Escalation))
}

func (d *Dispatcher) remind(ctx context.Context, level Type, after time.Duration) error {
	if after == 0 {
		return nil
	}
	return d.Service.store.Remind(ctx, level, after)
}
