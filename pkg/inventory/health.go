package inventory

import (
	"context"
	"errors"
	"sync"
	"time"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

const (
	healthEvery  = time.Minute
	healthRound  = 10 * time.Second // how often a process asks whether a probe is due
	healthAtOnce = 8
	healthMisses = 3
)

// HealthLoop probes each instance every 60 s until ctx ends; several processes share the work. Three misses in a row make
// an `instance.unreachable` event, the next success `instance.recovered`. It returns nil when ctx ends.
func (s *Service) HealthLoop(ctx context.Context) error {
	ticker := time.NewTicker(healthRound)
	defer ticker.Stop()
	for {
		if err := s.ProbeDue(ctx, healthEvery); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "health probe failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// ProbeDue probes once what has not been probed for the time every, by this or another process.
func (s *Service) ProbeDue(ctx context.Context, every time.Duration) error {
	due, err := s.store.ClaimProbes(ctx, every)
	if err != nil {
		return err
	}
	var (
		group sync.WaitGroup
		slots = make(chan struct{}, healthAtOnce)
		errs  = make([]error, len(due))
	)
	for i, id := range due {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			errs[i] = s.probeHealth(ctx, id)
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

func (s *Service) probeHealth(ctx context.Context, id int64) error {
	c, err := s.store.Connection(ctx, id)
	if fault.Is(err, "instance_not_found") { // deleted in the meantime
		return nil
	} else if err != nil {
		return err
	}
	role := c.Instance.looker()
	if !c.Instance.account(role).HasPassword {
		return nil // nothing is known of a server that nobody may sign in to
	}
	result := s.test(ctx, c.Instance, role, func() (secret.String, error) { return s.open(c, role) })
	if ctx.Err() != nil { // the miss would be ours
		return nil
	}
	return s.saveHealth(ctx, c.Instance, result)
}

// saveHealth keeps what a probe found. A server that refuses one account is there all the same.
func (s *Service) saveHealth(ctx context.Context, in Instance, r TestResult) error {
	return s.store.SaveHealth(ctx, in.ID, in.ConnectionVersion, func(in *Instance, misses *int) *event.Event {
		if r.OK {
			in.Flavour, in.ServerVersion, in.Fingerprint = r.Server.Flavour, r.Server.Version, r.Server.Fingerprint
			wasDown := in.Health == HealthDown
			in.Health, in.HealthMessage, *misses = HealthUp, "", 0
			if wasDown {
				return healthEvent(*in, "instance.recovered", r)
			}
			return nil
		}
		*misses++
		in.HealthMessage = r.Message.EN
		if *misses < healthMisses || in.Health == HealthDown {
			return nil
		}
		in.Health = HealthDown
		return healthEvent(*in, "instance.unreachable", r)
	})
}

func healthEvent(in Instance, happened string, r TestResult) *event.Event {
	return &event.Event{Type: happened, Aggregate: instanceKind, SubjectID: in.ID, ActorName: event.System.Name,
		Data: event.Encode(map[string]any{"name": in.Name, "code": r.Code, "message": r.Message})}
}
