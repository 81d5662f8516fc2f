package migration

import (
	"context"

	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/inventory"
	"overmind/pkg/ticket"
)

// The keys of a run's parts of the connections.
const (
	sourcePart = "source"
	targetPart = "target"
)

// part is what a run takes of an instance's connections.
func (s Spec) part(side string, instance int64) ticket.Lock {
	most := engine.MostConnections
	if s.Limits.Connections > 0 {
		most = min(most, s.Limits.Connections)
	}
	return ticket.Lock{Key: side, InstanceID: instance, Least: engine.LeastConnections, Most: most}
}

// engine is what a ticket asks for by itself.
func (l Limits) engine() engine.Limits {
	each := engine.ServerLimits{Threads: l.ThreadsRunning, LagSeconds: l.LagSeconds}
	return engine.Limits{BytesPerSecond: megabytes(l.MegabytesPerSecond, 1), Source: each, Target: each}
}

// lower takes in the limits of one of the instances, which so many jobs share.
func lower(limits *engine.Limits, role inventory.Role, i inventory.Limits, jobs int) {
	side := &limits.Source
	if role == inventory.Load {
		side = &limits.Target
	}
	side.Threads = lowest(side.Threads, i.ThreadsRunning)
	side.LagSeconds = lowest(side.LagSeconds, i.LagSeconds)
	limits.BytesPerSecond = lowest(limits.BytesPerSecond, megabytes(i.MegabytesPerSecond, jobs))
}

// limits are those of both instances and of the ticket as they are now; the lower counts. What an instance allows is
// shared evenly by the copies that run on it.
func (r *run) limits(ctx context.Context) (engine.Limits, error) {
	limits := r.spec.Limits.engine()
	slots, err := r.control.Slots(ctx)
	if err != nil {
		return limits, err
	}
	for _, slot := range slots {
		instance, err := r.inventory.Get(ctx, event.System, slot.InstanceID)
		if err != nil {
			return limits, err
		}
		if slot.Side == sourcePart {
			limits.Source.Connections = slot.Connections
			lower(&limits, inventory.Read, instance.Limits, slot.Jobs)
		} else {
			limits.Target.Connections = slot.Connections
			lower(&limits, inventory.Load, instance.Limits, slot.Jobs)
		}
	}
	return limits, nil
}

func megabytes(n, share int) int64 { return int64(n) * 1_000_000 / int64(share) }

// lowest is the lower of two limits, of which 0 is none.
func lowest[T int | int64](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
