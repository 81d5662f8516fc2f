package job

import (
	"context"
	"log/slog"
	"time"

	"overmind/pkg/fault"
)

// Expired is a kept schema whose time has passed. Its target database stays locked until FinishKept.
type Expired struct {
	ID   int64
	Kind string // of the ticket, chooses the Runner
	Kept Kept
}

// KeptStore is the list of kept schemas.
type KeptStore interface {
	// ExpiredKept moves one expired schema whose target nobody holds from kept to dropping and locks the target for
	// the lease; ok=false when there is none. One that was left in dropping for longer than its lease comes again.
	ExpiredKept(ctx context.Context, owner string, lease time.Duration) (x Expired, ok bool, err error)
	// FinishKept ends a drop: done when failure is empty, else tried again later.
	FinishKept(ctx context.Context, id int64, owner, failure string) error
}

// Retention drops expired schemas, one at a time in this process.
type Retention struct {
	Store   KeptStore
	Runners []Runner
	Owner   string
	Every   time.Duration // between looks; 0 means a minute
	Log     *slog.Logger
}

// dropLimit is the longest drop of one schema; a big table takes minutes on a slow disk.
const dropLimit = time.Hour

// Run drops what has expired until ctx ends.
func (r Retention) Run(ctx context.Context) {
	every := r.Every
	if every == 0 {
		every = time.Minute
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for r.dropOne(ctx) {
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// dropOne tells whether it is worth looking for another one at once.
func (r Retention) dropOne(ctx context.Context) bool {
	x, ok, err := r.Store.ExpiredKept(ctx, r.Owner, dropLimit)
	if err != nil || !ok {
		if err != nil && ctx.Err() == nil {
			r.Log.Warn("expired schemas not listed", "error", err)
		}
		return false
	}
	failure := r.drop(ctx, x)
	if err := r.Store.FinishKept(context.WithoutCancel(ctx), x.ID, r.Owner, failure); err != nil {
		r.Log.Error("drop of an old schema not recorded", "schema", x.Kept.Schema, "error", err)
		return false
	}
	return failure == "" && ctx.Err() == nil
}

func (r Retention) drop(ctx context.Context, x Expired) (failure string) {
	ctx, cancel := context.WithTimeout(ctx, dropLimit)
	defer cancel()
	for _, runner := range r.Runners {
		if runner.Kind() != x.Kind {
			continue
		}
		if err := runner.DropKept(ctx, x.Kept); err != nil {
			r.Log.Warn("old schema not dropped", "schema", x.Kept.Schema, "instance", x.Kept.InstanceID, "error", err)
			return fault.As(err).Message
		}
		r.Log.Info("old schema dropped", "schema", x.Kept.Schema, "instance", x.Kept.InstanceID)
		return ""
	}
	return "No runner for kind " + x.Kind + "."
}
