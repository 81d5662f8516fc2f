package job

import (
	"context"
	"time"

	"overmind/pkg/fault"
)

// writeEvery is the shortest time between two writes of progress.
const writeEvery = time.Second

// beat keeps the lease until ctx ends. The watchdog runs on the process's own monotonic clock and does not wait for
// the database: a run whose lease may have been given away stops before the lease is over.
func (r *run) beat(ctx context.Context) {
	watchdog := time.AfterFunc(r.e.o.Watchdog-time.Since(r.claimed), func() { r.cancel(ErrLeaseLost) })
	defer watchdog.Stop()
	tick := time.NewTicker(min(writeEvery, r.e.o.Heartbeat))
	defer tick.Stop()
	last := r.claimed
	for {
		poked := false
		select {
		case <-ctx.Done():
			return
		case <-r.poked:
			poked = true
		case <-tick.C:
		}
		if !poked && !r.hasNews() && time.Since(last) < r.e.o.Heartbeat {
			continue
		}
		started := time.Now()
		cancelled, err := r.heartbeat(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case fault.Is(err, "lease_lost"):
			r.cancel(ErrLeaseLost)
			return
		case err != nil:
			r.log.Warn("heartbeat failed", "error", err)
			continue
		}
		last = started
		watchdog.Reset(r.e.o.Watchdog - time.Since(started))
		if cancelled && !r.job.Recovery { // a clean-up goes on; its end takes the cancel into account
			r.stop(ErrCancelled)
		}
	}
}

// poke asks for a heartbeat now.
func (r *run) poke() {
	select {
	case r.poked <- struct{}{}:
	default: // one is due already
	}
}

// heartbeat never runs beside a commit: it would write the phase from before over the one of the commit point.
func (r *run) heartbeat(ctx context.Context) (cancelled bool, err error) {
	r.commit.Lock()
	defer r.commit.Unlock()
	r.mu.Lock()
	phase, progress, news := r.phase, r.progress, r.news
	r.news = false
	r.mu.Unlock()
	if !news {
		progress = nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.e.o.Heartbeat)
	defer cancel()
	cancelled, err = r.e.store.Heartbeat(ctx, r.job.ID, r.job.Fence, r.e.o.Lease, phase, progress)
	if err != nil {
		r.mu.Lock()
		r.news = r.news || news
		r.mu.Unlock()
		return cancelled, err
	}
	r.storeLog(ctx)
	return cancelled, nil
}

func (r *run) hasNews() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.news || r.book.waiting()
}
