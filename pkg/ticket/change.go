package ticket

import (
	"context"
	"encoding/json"
	"fmt"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

// Aggregate names tickets in events and audit rows.
const Aggregate = "ticket"

// act is the common shape of a use case: visible, permitted, changed by a pure method, stored with event and audit row.
func (s *Service) act(ctx context.Context, actor event.Actor, id int64, action, happened string, job JobChange,
	data map[string]any, mutate func(*Ticket) error) (View, error) {
	v, err := s.Get(ctx, actor, id)
	if err != nil {
		return View{}, err
	}
	return s.update(ctx, actor, v, action, func(t *Ticket) (Change, error) {
		before := snapshot(t)
		if err := mutate(t); err != nil {
			return Change{}, err
		}
		c := change(actor, action, happened, before, t, data)
		c.Job = job
		return c, nil
	})
}

// update asks for permission again on the locked ticket, because the view was read before.
func (s *Service) update(ctx context.Context, actor event.Actor, v View, action string, fn func(*Ticket) (Change, error)) (View, error) {
	_, err := s.store.Update(ctx, v.ID, func(t *Ticket) (Change, error) {
		now := situationOf(actor, &v, t.UpdatedAt)
		now.ticket = t
		if err := now.permit(action); err != nil {
			return Change{}, err
		}
		return fn(t)
	})
	if err != nil {
		return View{}, s.refused(ctx, actor, v.ID, action, err)
	}
	return s.Get(ctx, actor, v.ID)
}

// refused leaves an audit row of an attempt that was turned down, and returns why it was.
func (s *Service) refused(ctx context.Context, actor event.Actor, id int64, action string, cause error) error {
	f := fault.As(cause)
	if f.Kind != fault.Forbidden && f.Kind != fault.Conflict {
		return cause
	}
	after := event.Encode(map[string]any{"code": f.Code})
	audit := event.Audit{Action: "ticket." + action + ".refused", Aggregate: Aggregate, SubjectID: id, Actor: actor, After: after}
	if err := s.store.Record(ctx, audit); err != nil {
		return fmt.Errorf("ticket: record a refused attempt: %w", err)
	}
	return cause
}

// change makes the event and the audit row of what has just been done to t.
func change(actor event.Actor, action, happened string, before json.RawMessage, t *Ticket, data map[string]any) Change {
	content := map[string]any{"state": t.State, "version": t.Version}
	for k, v := range data {
		content[k] = v
	}
	after := viewOf(t)
	after.Data = data
	if action == actionSubmit || action == ActionEdit {
		after = after.with(t.Spec)
	}
	return Change{
		Event: event.Event{Type: "ticket." + happened, Aggregate: Aggregate, SubjectID: t.ID, OwnerID: t.RequesterID,
			ActorID: actor.UserID, ActorName: actor.Name, Data: event.Encode(content)},
		Audit: event.Audit{Action: "ticket." + action, Aggregate: Aggregate, SubjectID: t.ID, Actor: actor, Before: before,
			After: event.Encode(after)},
	}
}

// auditView is what the audit trail keeps of a ticket: enough to tell what was approved by whom. The spec stands in the
// rows that set it; the others name it by its hash.
type auditView struct {
	State        State           `json:"state"`
	Version      int             `json:"version"`
	Title        string          `json:"title"`
	Spec         json.RawMessage `json:"spec,omitempty"`
	SpecHash     string          `json:"spec_hash"`
	FindingsHash string          `json:"findings_hash"`
	ReviewerID   int64           `json:"reviewer_id,omitempty"`
	Data         map[string]any  `json:"data,omitempty"`
}

func viewOf(t *Ticket) auditView {
	return auditView{State: t.State, Version: t.Version, Title: t.Title, SpecHash: t.SpecHash, FindingsHash: t.Preflight.Hash,
		ReviewerID: t.ReviewerID}
}

func (v auditView) with(spec json.RawMessage) auditView {
	v.Spec = spec
	return v
}

// snapshot is the ticket before a change.
func snapshot(t *Ticket) json.RawMessage { return event.Encode(viewOf(t)) }
