package engine

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// leastBurst is about one block of rows; less would make every block wait in pieces.
	leastBurst = 256 << 10

	// trickle is how often a paused session still passes one block: a server ends a session that takes nothing for its
	// net_write_timeout, 60 s unless it was changed.
	trickle = 20 * time.Second
)

// gate is what every block of rows passes on its way. It keeps to a rate and can be shut.
type gate struct {
	rate *rate.Limiter

	mu   sync.Mutex
	open chan struct{} // closed while the gate is open
	why  Text          // it is shut
}

func newGate(bytesPerSecond int64) *gate {
	g := &gate{rate: rate.NewLimiter(rate.Inf, leastBurst), open: make(chan struct{})}
	close(g.open)
	g.limit(bytesPerSecond)
	return g
}

// limit changes the rate; 0 is no limit.
func (g *gate) limit(bytesPerSecond int64) {
	if bytesPerSecond <= 0 {
		g.rate.SetLimit(rate.Inf)
		return
	}
	g.rate.SetBurst(int(max(leastBurst, bytesPerSecond/4)))
	g.rate.SetLimit(rate.Limit(bytesPerSecond))
}

// pass returns when that many bytes may be moved, or at once with its error when ctx ends.
func (g *gate) pass(ctx context.Context, bytes int) error {
	if err := g.wait(ctx); err != nil {
		return err
	}
	for bytes > 0 {
		part := min(bytes, g.rate.Burst())
		if err := sleep(ctx, g.rate.ReserveN(time.Now(), part).Delay()); err != nil {
			return err
		}
		bytes -= part
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

func (g *gate) wait(ctx context.Context) error {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	select {
	case <-open:
		return ctx.Err()
	default:
	}
	alive := time.NewTimer(trickle)
	defer alive.Stop()
	select {
	case <-open:
	case <-alive.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// shut pauses the copy and says why.
func (g *gate) shut(why Text) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.why == (Text{}) {
		g.open = make(chan struct{})
	}
	g.why = why
}

func (g *gate) reopen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.why != (Text{}) {
		g.why = Text{}
		close(g.open)
	}
}

// reason says why the gate is shut; false while it is open.
func (g *gate) reason() (Text, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.why, g.why != Text{}
}
