package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

// Deliveries lists messages, newest first; for admins.
func (s *Service) Deliveries(ctx context.Context, actor event.Actor, f DeliveryFilter) ([]Delivery, error) {
	if !actor.IsAdmin() {
		return nil, errForbidden
	}
	return s.store.Deliveries(ctx, f)
}

// OfTicket lists the messages of a ticket, newest first. Whether the caller may see the ticket is for the caller's
// caller to say.
func (s *Service) OfTicket(ctx context.Context, ticketID int64) ([]Delivery, error) {
	return s.store.Deliveries(ctx, DeliveryFilter{TicketID: ticketID, Limit: maxOfTicket})
}

const maxOfTicket = 500

// Retry sends a given up message again, with its old id; for admins. It fails with NotFound `delivery_not_found`,
// Conflict `not_dead`.
func (s *Service) Retry(ctx context.Context, actor event.Actor, id int64) (Delivery, error) {
	if err := s.allow(ctx, actor, "channel.retry", 0); err != nil {
		return Delivery{}, err
	}
	return s.store.Retry(ctx, id, func(d Delivery) Change {
		return changed(actor, "retry", "retried", Channel{ID: d.ChannelID, Name: d.ChannelName}, nil, map[string]int64{"delivery_id": d.ID})
	})
}

// Preferences is what a person gets by mail and in which language. Email is where to; only an admin changes it.
type Preferences struct {
	Email    string
	Language string
	Muted    []Type
}

// Preferences gives one's own.
func (s *Service) Preferences(ctx context.Context, actor event.Actor) (Preferences, error) {
	return s.store.Preferences(ctx, actor.UserID)
}

// choice is what a person decides of them.
func (p Preferences) choice() json.RawMessage {
	return event.Encode(map[string]any{"language": p.Language, "muted": p.Muted})
}

// SavePreferences sets one's own language and what one does not want by mail.
func (s *Service) SavePreferences(ctx context.Context, actor event.Actor, p Preferences) (Preferences, error) {
	if !knownLanguage(p.Language) {
		return Preferences{}, fault.OnField("language", "unknown_value", "Choose en or zh.")
	}
	for i, t := range p.Muted {
		if !t.Known() || slices.Contains(p.Muted[:i], t) {
			return Preferences{}, fault.OnField("muted", "unknown_value", "This list names something unknown, or something twice.")
		}
	}
	before, err := s.store.Preferences(ctx, actor.UserID)
	if err != nil {
		return Preferences{}, err
	}
	audit := event.Audit{Action: "user.preferences", Aggregate: "user", SubjectID: actor.UserID, Actor: actor, Before: before.choice(), After: p.choice()}
	if err := s.store.SavePreferences(ctx, actor.UserID, p, audit); err != nil {
		return Preferences{}, fmt.Errorf("notify: save preferences: %w", err)
	}
	return s.store.Preferences(ctx, actor.UserID)
}
