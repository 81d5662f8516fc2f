package migration

import (
	"context"

	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/ticket"
)

// part is what a run takes of an instance's connections.
func (s Spec) part(side string, instance int64) ticket.Lock {
	most := engine.MostConnections
	if s.Limits.Connections > 0 {
		most = min(most, s.Limits.Connections)
	}
	return ticket.Lock{Key: side, InstanceID: instance, Least: engine.LeastConnections, Most: most}
}

// limits are those of both instances and of the ticket as they are now; the lower counts. What an instance allows is
// shared evenly by the copies that run on it.
func (r *run) limits(ctx context.Context) (engine.Limits, error) {
	limits := engine.Limits{BytesPerSecond: megabytes(r.spec.Limits.MegabytesPerSecond, 1)}
	slots, err := r.control.Slots(ctx)
	if err != nil {
		return limits, err
	}
	for _, slot := range slots {
		instance, err := r.inventory.Get(ctx, event.System, slot.InstanceID)
		if err != nil {
			return limits, err
		}
		side := &limits.Source
		if slot.Side == "target" {
			side = &limits.Target
		}
		side.Connections = slot.Connections
		side.Threads = lower(instance.Limits.ThreadsRunning, r.spec.Limits.ThreadsRunning)
		side.LagSeconds = lower(instance.Limits.LagSeconds, r.spec.Limits.LagSeconds)
		limits.BytesPerSecond = lower(limits.BytesPerSecond, megabytes(instance.Limits.MegabytesPerSecond, max(slot.Jobs, 1)))
	}
	return limits, nil
}

func megabytes(n, share int) int64 { return int64(n) * 1_000_000 / int64(share) }

// lower is the lower of two limits, of which 0 is none.
func lower[T int | int64](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
