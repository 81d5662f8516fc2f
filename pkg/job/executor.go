package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// The causes with which a Runner's context ends.
var (
	ErrCancelled = errors.New("the job was cancelled")
	ErrLeaseLost = errors.New("the job's lease was lost")
	ErrShutdown  = errors.New("the worker shuts down")
)

// Options of an Executor. Owner must be unique among processes and starts.
type Options struct {
	Owner     string
	Groups    []string
	Slots     int
	Lease     time.Duration // 0 means 20 s
	Heartbeat time.Duration // 0 means 5 s
	Watchdog  time.Duration // without a good heartbeat for so long a run stops; 0 means 15 s, less than Lease
	Log       *slog.Logger
}

// Executor runs the jobs that this process claims.
type Executor struct {
	store   Store
	runners map[string]Runner
	o       Options

	mu      sync.Mutex
	closing bool
	taken   int // slots in use, claims under way included
	runs    map[*run]struct{}
	all     sync.WaitGroup
}

// New makes an Executor; it does nothing until it is woken.
func New(store Store, runners []Runner, o Options) *Executor {
	o.Lease = defaultTo(o.Lease, 20*time.Second)
	o.Heartbeat = defaultTo(o.Heartbeat, 5*time.Second)
	o.Watchdog = defaultTo(o.Watchdog, 15*time.Second)
	o.Slots = max(o.Slots, 1)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := &Executor{store: store, runners: map[string]Runner{}, o: o, runs: map[*run]struct{}{}}
	for _, r := range runners {
		e.runners[r.Kind()] = r
	}
	return e
}

func defaultTo(d, standard time.Duration) time.Duration {
	if d == 0 {
		return standard
	}
	return d
}

// Wake looks at a job: claims it and starts it in its own goroutine when a slot is free and there is something to do.
// A job that already runs here gets a heartbeat at once, which makes a cancel quick.
func (e *Executor) Wake(ctx context.Context, jobID int64) error {
	if e.poke(jobID) || !e.takeSlot() {
		return nil
	}
	claimed := time.Now()
	j, ok, err := e.store.Claim(ctx, jobID, e.o.Owner, e.o.Groups, e.o.Lease)
	if err != nil || !ok {
		e.freeSlot(nil)
		if err != nil {
			return fmt.Errorf("claim job %d: %w", jobID, err)
		}
		return nil
	}
	r := newRun(e, j, claimed)
	e.mu.Lock()
	e.runs[r] = struct{}{}
	closing := e.closing
	e.mu.Unlock()
	if closing {
		r.stop(ErrShutdown)
	}
	go func() {
		defer e.freeSlot(r)
		r.execute()
	}()
	return nil
}

// Full tells whether all slots are taken.
func (e *Executor) Full() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closing || e.taken >= e.o.Slots
}

// Shutdown stops claiming, asks the runs before their commit point to give their jobs back, and waits for all runs.
// When ctx ends first, the jobs that still run are left to be taken over.
func (e *Executor) Shutdown(ctx context.Context) error {
	e.mu.Lock()
	e.closing = true
	for r := range e.runs {
		go r.stop(ErrShutdown) // waits for a commit under way
	}
	e.mu.Unlock()
	done := make(chan struct{})
	go func() { e.all.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for running jobs: %w", context.Cause(ctx))
	}
}

// Look makes every run ask at once whether it was cancelled, instead of at its next heartbeat.
func (e *Executor) Look() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for r := range e.runs {
		r.poke()
	}
}

func (e *Executor) poke(jobID int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for r := range e.runs {
		if r.job.ID == jobID && r.ctx.Err() == nil {
			r.poke()
			return true
		}
	}
	return false
}

func (e *Executor) takeSlot() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing || e.taken >= e.o.Slots {
		return false
	}
	e.taken++
	e.all.Add(1)
	return true
}

func (e *Executor) freeSlot(r *run) {
	e.mu.Lock()
	delete(e.runs, r)
	e.taken--
	e.mu.Unlock()
	e.all.Done()
}
