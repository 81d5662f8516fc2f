package main

import (
	"context"
	"time"
)

const pruneEvery = time.Hour

// prune lets old rows of the metadata database go until ctx ends.
func (a *app) prune(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		gone, err := a.store.Prune(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			a.log.Warn("old rows not pruned", "error", err)
		case gone.Keys+gone.Events+gone.Messages > 0:
			a.log.Info("old rows pruned", "idempotency_keys", gone.Keys, "events", gone.Events, "messages", gone.Messages)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
