package ticket

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

// Limits bound what one user may do. OpenTickets 0 means 200. Clock is for tests; nil is the wall clock.
type Limits struct {
	OpenTickets int
	Clock       func() time.Time
}

// Service holds the use cases. A method that takes an id is NotFound `ticket_not_found` for a ticket that the actor may
// not see, Forbidden or Conflict where the actor or the moment is wrong; such a refusal leaves an audit row.
type Service struct {
	store Store
	kinds map[string]Kind
	open  int
	now   func() time.Time
}

// New makes the service for these kinds of tickets.
func New(store Store, kinds []Kind, limits Limits) *Service {
	s := &Service{store: store, kinds: map[string]Kind{}, open: limits.OpenTickets, now: limits.Clock}
	for _, k := range kinds {
		s.kinds[k.Name()] = k
	}
	if s.open == 0 {
		s.open = 200
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Submit checks the draft against the servers and stores it for review. Blocks found by preflight do not refuse it; a
// draft that can never run does (Invalid). The same idempotency key with the same content gives the same ticket.
func (s *Service) Submit(ctx context.Context, actor event.Actor, d Draft) (View, error) {
	if utf8.RuneCountInString(d.IdempotencyKey) > keyLimit || !utf8.ValidString(d.IdempotencyKey) {
		return View{}, fault.OnField("Idempotency-Key", "not_valid", "The idempotency key may have %d characters.", keyLimit)
	}
	p, err := s.prepare(ctx, d)
	if err != nil {
		return View{}, err
	}
	t := Ticket{Kind: d.Kind, State: PendingReview, Version: 1, RequesterID: actor.UserID}
	p.writeTo(&t)
	c := change(actor, actionSubmit, "submitted", nil, &t, map[string]any{"kind": t.Kind, "title": t.Title, "blocked": t.Preflight.Blocked()})
	c.OpenLimit = s.open
	t, err = s.store.Create(ctx, t, d.IdempotencyKey, c)
	if err != nil {
		return View{}, err
	}
	return s.Get(ctx, actor, t.ID)
}

// Preview is what Submit would find, without a ticket.
func (s *Service) Preview(ctx context.Context, _ event.Actor, kind string, spec json.RawMessage) (Subject, Preflight, error) {
	_, subject, preflight, err := s.check(ctx, kind, spec)
	return subject, preflight, err
}

// Edit replaces the content of a ticket that does not run yet, and takes it back to review. The editor may not approve
// it any more.
func (s *Service) Edit(ctx context.Context, actor event.Actor, id int64, version int, d Draft) (View, error) {
	v, err := s.Get(ctx, actor, id)
	if err != nil {
		return View{}, err
	}
	if err := situationOf(actor, &v, s.now()).permit(ActionEdit); err != nil {
		return View{}, s.refused(ctx, actor, id, ActionEdit, err)
	}
	if d.Kind != "" && d.Kind != v.Kind {
		return View{}, fault.OnField("kind", "immutable", "The kind of a ticket cannot change.")
	}
	d.Kind = v.Kind
	p, err := s.prepare(ctx, d)
	if err != nil {
		return View{}, err
	}
	return s.update(ctx, actor, v, ActionEdit, func(t *Ticket) (Change, error) {
		before, wasQueued := event.Encode(viewOf(t).with(t.Spec)), t.State == Queued
		if err := t.edit(actor, version, p); err != nil {
			return Change{}, err
		}
		c := change(actor, ActionEdit, "edited", before, t, map[string]any{"title": t.Title, "blocked": t.Preflight.Blocked()})
		if wasQueued {
			c.Job = JobRemove
		}
		return c, nil
	})
}

// Withdraw is the requester's change of mind before the review.
func (s *Service) Withdraw(ctx context.Context, actor event.Actor, id int64, version int) (View, error) {
	return s.act(ctx, actor, id, ActionWithdraw, "withdrawn", JobKeep, nil, func(t *Ticket) error {
		return t.withdraw(version, t.UpdatedAt)
	})
}

// Approve queues exactly what the approval names: Conflict `stale_version`, `stale_spec`, `stale_findings` or
// `preflight_blocked` otherwise, Forbidden `self_approval` for an author.
func (s *Service) Approve(ctx context.Context, actor event.Actor, id int64, a Approval) (View, error) {
	note, err := cleanText("note", a.Note, false)
	if err != nil {
		return View{}, err
	}
	a.Note = note
	return s.act(ctx, actor, id, ActionApprove, "approved", JobQueue, map[string]any{"note": note}, func(t *Ticket) error {
		return t.approve(actor, a, t.UpdatedAt)
	})
}

// Reject ends a ticket at the review, with the reason why.
func (s *Service) Reject(ctx context.Context, actor event.Actor, id int64, version int, reason string) (View, error) {
	reason, err := cleanText("reason", reason, true)
	if err != nil {
		return View{}, err
	}
	return s.act(ctx, actor, id, ActionReject, "rejected", JobKeep, map[string]any{"reason": reason}, func(t *Ticket) error {
		return t.reject(actor, version, reason, t.UpdatedAt)
	})
}

// Cancel ends a queued ticket at once, and asks a running one to stop and clean up: Conflict `too_late` after the
// commit point.
func (s *Service) Cancel(ctx context.Context, actor event.Actor, id int64) (View, error) {
	v, err := s.Get(ctx, actor, id)
	if err != nil {
		return View{}, err
	}
	return s.update(ctx, actor, v, ActionCancel, func(t *Ticket) (Change, error) {
		before, happened := snapshot(t), "cancelled"
		if t.State == Running {
			happened = "cancel_requested"
		}
		if err := t.cancel(t.UpdatedAt); err != nil {
			return Change{}, err
		}
		c := change(actor, ActionCancel, happened, before, t, nil)
		c.Job = JobCancel
		return c, nil
	})
}

// Retry runs a failed ticket again as it was approved.
func (s *Service) Retry(ctx context.Context, actor event.Actor, id int64) (View, error) {
	return s.act(ctx, actor, id, ActionRetry, "retried", JobRequeue, nil, (*Ticket).retry)
}

// Undo queues the run that puts back what a succeeded ticket replaced, and removes what it created. Writes to the copy
// are lost. Conflict where its time is over, where a later ticket has replaced the same objects (`superseded_by`), or
// where the target is no longer as the copy left it.
func (s *Service) Undo(ctx context.Context, actor event.Actor, id int64) (View, error) {
	v, err := s.Get(ctx, actor, id)
	if err != nil {
		return View{}, err
	}
	err = situationOf(actor, &v, s.now()).permit(ActionUndo)
	if err == nil {
		err = s.checkUndo(ctx, v.Ticket)
	}
	if err != nil {
		return View{}, s.refused(ctx, actor, id, ActionUndo, err)
	}
	return s.act(ctx, actor, id, ActionUndo, "undo_requested", JobUndo, nil, (*Ticket).undo)
}

// checkUndo runs outside of any transaction, because it talks to servers. The run looks again.
func (s *Service) checkUndo(ctx context.Context, t Ticket) error {
	swap, err := s.store.Swap(ctx, t.ID)
	if err != nil {
		return err
	}
	k, ok := s.kinds[t.Kind]
	if !ok {
		return fault.New(fault.Internal, "unknown_kind", "There is no kind of ticket %q.", t.Kind)
	}
	return k.CheckUndo(ctx, t, swap)
}

// Recheck runs preflight again on a ticket under review. On one that needs attention it queues the recovery, which
// decides from what is on the servers whether the ticket succeeded or failed, or whether its undo was done.
func (s *Service) Recheck(ctx context.Context, actor event.Actor, id int64) (View, error) {
	v, err := s.Get(ctx, actor, id)
	if err != nil {
		return View{}, err
	}
	if err := situationOf(actor, &v, s.now()).permit(ActionRecheck); err != nil {
		return View{}, s.refused(ctx, actor, id, ActionRecheck, err)
	}
	if v.State == NeedsAttention {
		return s.act(ctx, actor, id, ActionRecheck, "recheck_requested", JobRequeue, nil, func(t *Ticket) error {
			return situation{actor: actor, ticket: t}.inState(ActionRecheck, NeedsAttention)
		})
	}
	_, _, preflight, err := s.check(ctx, v.Kind, v.Spec)
	if err != nil {
		return View{}, err
	}
	data := map[string]any{"blocked": preflight.Blocked(), "findings": len(preflight.Findings)}
	return s.act(ctx, actor, id, ActionRecheck, "rechecked", JobKeep, data, func(t *Ticket) error {
		if t.SpecHash != v.SpecHash {
			return staleVersion(t.Version)
		}
		t.Preflight = preflight
		return situation{actor: actor, ticket: t}.inState(ActionRecheck, PendingReview)
	})
}

// Get is one ticket with its attempts and what the actor may do with it.
func (s *Service) Get(ctx context.Context, actor event.Actor, id int64) (View, error) {
	v, err := s.store.Get(ctx, id, ownerOf(actor))
	if err != nil {
		return View{}, err
	}
	v.Actions = situationOf(actor, &v, s.now()).actions()
	if v.State == PendingReview {
		v.Reviewers, err = s.reviewersOf(ctx, &v)
	}
	return v, err
}

func (s *Service) reviewersOf(ctx context.Context, v *View) ([]Person, error) {
	staff, err := s.store.Staff(ctx)
	return slices.DeleteFunc(staff, func(p Person) bool {
		return situationOf(event.Actor{UserID: p.ID, Role: event.RoleDBA}, v, s.now()).notAuthor() != nil
	}), err
}

// Reviewers are those who may review what the actor would submit, by name.
func (s *Service) Reviewers(ctx context.Context, actor event.Actor) ([]Person, error) {
	staff, err := s.store.Staff(ctx)
	return slices.DeleteFunc(staff, func(p Person) bool { return p.ID == actor.UserID }), err
}

// Requesters are those whose tickets the actor may see, by name.
func (s *Service) Requesters(ctx context.Context, actor event.Actor) ([]Person, error) {
	everybody, err := s.store.Requesters(ctx)
	return slices.DeleteFunc(everybody, func(p Person) bool { return !actor.IsStaff() && p.ID != actor.UserID }), err
}

// Log is what the ticket's runs said, oldest first: at most limit lines after the given one.
func (s *Service) Log(ctx context.Context, actor event.Actor, id int64, after LogPlace, limit int) ([]LogLine, error) {
	if _, err := s.store.Get(ctx, id, ownerOf(actor)); err != nil {
		return nil, err
	}
	return s.store.RunLog(ctx, id, after, limit)
}

// List is a page of the tickets that the actor may see, newest first.
func (s *Service) List(ctx context.Context, actor event.Actor, f Filter, p Page) ([]View, error) {
	f.OwnerID = ownerOf(actor)
	views, err := s.store.List(ctx, f, p)
	for i := range views {
		views[i].Actions = situationOf(actor, &views[i], s.now()).actions()
	}
	return views, err
}

// History is the ticket's story, oldest first.
func (s *Service) History(ctx context.Context, actor event.Actor, id int64) (History, error) {
	if _, err := s.store.Get(ctx, id, ownerOf(actor)); err != nil {
		return nil, err
	}
	return s.store.History(ctx, id)
}

// Counts are the numbers on the tabs over the list.
func (s *Service) Counts(ctx context.Context, actor event.Actor) (Counts, error) {
	return s.store.Counts(ctx, actor)
}

func ownerOf(actor event.Actor) int64 {
	if actor.IsStaff() {
		return 0
	}
	return actor.UserID
}

func (s *Service) prepare(ctx context.Context, d Draft) (prepared, error) {
	title, titleErr := cleanTitle(d.Title)
	reason, reasonErr := cleanText("reason", d.Reason, false)
	if err := mergeFields(titleErr, reasonErr, checkSchedule(d.NotBefore, s.now())); err != nil {
		return prepared{}, err
	}
	spec, subject, preflight, err := s.check(ctx, d.Kind, d.Spec)
	if err != nil {
		return prepared{}, err
	}
	return prepared{title: title, reason: reason, spec: spec, subject: subject, preflight: preflight, notBefore: d.NotBefore.UTC()}, nil
}

// mergeFields gives one error with every field that is wrong, so that a form can show them at once.
func mergeFields(errs ...error) error {
	var all *fault.Error
	for _, err := range errs {
		if err == nil {
			continue
		}
		f := fault.As(err)
		if all == nil {
			all = f
			continue
		}
		all.Fields = append(all.Fields, f.Fields...)
	}
	if all == nil {
		return nil
	}
	return all
}

// check runs outside of any transaction: it talks to servers and may take half a minute.
func (s *Service) check(ctx context.Context, kind string, spec json.RawMessage) (json.RawMessage, Subject, Preflight, error) {
	k, ok := s.kinds[kind]
	if !ok {
		return nil, Subject{}, Preflight{}, fault.OnField("kind", "unknown_value", "There is no kind of ticket of that name.")
	}
	canonical, subject, err := k.Canonical(ctx, spec)
	if err != nil {
		return nil, Subject{}, Preflight{}, err
	}
	preflight, err := k.Preflight(ctx, canonical)
	if err != nil {
		return nil, Subject{}, Preflight{}, fmt.Errorf("ticket: preflight: %w", err)
	}
	return canonical, subject, preflight, nil
}
