package inventory

import (
	"context"
	"log/slog"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

// Options are what the service works with. A nil Log discards.
type Options struct {
	Store  Store
	Sealer Sealer
	Prober Prober
	Policy AddressPolicy
	Log    *slog.Logger
}

// Service is the use cases of the inventory. Everybody signed in may read; staff may change.
type Service struct {
	store  Store
	sealer Sealer
	prober Prober
	policy AddressPolicy
	log    *slog.Logger
}

// New makes the service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{store: o.Store, sealer: o.Sealer, prober: o.Prober, policy: o.Policy, log: o.Log}
}

// allow lets staff through and writes down anybody else's attempt.
func (s *Service) allow(ctx context.Context, actor event.Actor, action, aggregate string, id int64) error {
	if actor.IsStaff() {
		return nil
	}
	return s.refuse(ctx, actor, action, aggregate, id, fault.New(fault.Forbidden, "forbidden", "Your role does not allow this."))
}

var errAdminOnly = fault.New(fault.Forbidden, "admin_only", "This would let people approve their own tickets; only an admin may do it.")

func (s *Service) adminOnly(ctx context.Context, actor event.Actor, action, aggregate string, id int64) error {
	return s.refuse(ctx, actor, action, aggregate, id, errAdminOnly)
}

// refuse writes the attempt down and returns why it was refused.
func (s *Service) refuse(ctx context.Context, actor event.Actor, action, aggregate string, id int64, cause error) error {
	err := s.store.Record(ctx, event.Audit{Action: action + ".refused", Aggregate: aggregate, SubjectID: id, Actor: actor})
	if err != nil {
		return err
	}
	return cause
}

// changed describes a change of something named. The event carries the name only, the audit row the values.
func changed(actor event.Actor, aggregate, verb, past string, id int64, name string, before, after any) Change {
	return Change{
		Event: event.Event{Type: aggregate + "." + past, Aggregate: aggregate, SubjectID: id, ActorID: actor.UserID,
			ActorName: actor.Name, Data: event.Encode(map[string]string{"name": name})},
		Audit: event.Audit{Action: aggregate + "." + verb, Aggregate: aggregate, SubjectID: id, Actor: actor,
			Before: event.Encode(before), After: event.Encode(after)},
	}
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}
