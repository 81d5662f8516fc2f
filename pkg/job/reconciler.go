package job

import (
	"context"
	"log/slog"
	"time"
)

// Ringer wakes the workers of a group, best effort.
type Ringer interface {
	Ring(ctx context.Context, r Ring) error
}

// Waiting is what the reconciler reads of the jobs table.
type Waiting interface {
	// Due lists jobs to ring for now: queued and due, or running with an expired lease. Each call puts their next ring
	// off, so that many processes do not ring for the same job.
	Due(ctx context.Context, limit int) ([]Ring, error)
	// Claimable lists such jobs of these groups whatever was rung for them, the least looked at first.
	Claimable(ctx context.Context, groups []string, limit int) ([]int64, error)
}

// Reconciler finds the jobs that want looking at, whatever became of their rings: it makes the queue replaceable.
// Every process runs one.
type Reconciler struct {
	Store    Waiting
	Ringer   Ringer
	Executor *Executor       // nil in a process that executes nothing
	Every    time.Duration   // 0 means two seconds
	Nudge    <-chan struct{} // something has changed: jobs and cancels are looked for at once; nil = never
	Log      *slog.Logger
}

const (
	dueLimit = 100
	// ringingTime bounds the rings of one round: with Redis frozen the round must not last.
	ringingTime = 2 * time.Second
)

// Run looks until ctx ends.
func (r Reconciler) Run(ctx context.Context) {
	every := r.Every
	if every == 0 {
		every = 2 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	failing := false
	for {
		err := r.round(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			r.Log.Error("jobs not reconciled", "error", err)
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-r.Nudge:
			if r.Executor != nil {
				r.Executor.Look()
			}
		case <-ctx.Done():
			return
		}
	}
}

// round takes what this process may run, because that needs no queue and must not wait for a ring that another process
// put off, and then rings for the others.
func (r Reconciler) round(ctx context.Context) error {
	if err := r.takeOwn(ctx); err != nil {
		return err
	}
	due, err := r.Store.Due(ctx, dueLimit)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, ringingTime)
	defer cancel()
	for _, ring := range due {
		if err := r.Ringer.Ring(ctx, ring); err != nil {
			r.Log.Debug("ring failed, it is repeated", "job", ring.JobID, "error", err)
		}
	}
	return nil
}

func (r Reconciler) takeOwn(ctx context.Context) error {
	if r.Executor == nil || r.Executor.Full() {
		return nil
	}
	ids, err := r.Store.Claimable(ctx, r.Executor.o.Groups, dueLimit)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if r.Executor.Full() {
			return nil
		}
		if err := r.Executor.Wake(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
