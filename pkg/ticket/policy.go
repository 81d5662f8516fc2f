package ticket

import (
	"slices"
	"time"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

// The actions people take on a ticket, in the order in which they are offered.
const (
	ActionApprove  = "approve"
	ActionReject   = "reject"
	ActionEdit     = "edit"
	ActionWithdraw = "withdraw"
	ActionCancel   = "cancel"
	ActionRetry    = "retry"
	ActionUndo     = "undo"
	ActionRecheck  = "recheck"
	ActionComment  = "comment"

	actionSubmit = "submit" // on no ticket yet
)

var actionNames = []string{ActionApprove, ActionReject, ActionEdit, ActionWithdraw, ActionCancel, ActionRetry,
	ActionUndo, ActionRecheck, ActionComment}

// approvalLife is how long an approved ticket may wait for its start.
const approvalLife = 7 * 24 * time.Hour

// ApprovalEnds is when the approval expires: counted from the scheduled time where that is later, because the reviewer
// has seen and accepted it.
func (t *Ticket) ApprovalEnds() time.Time {
	from := t.ApprovedAt
	if t.NotBefore.After(from) {
		from = t.NotBefore
	}
	return from.Add(approvalLife)
}

// situation is all that decides about an action; buttons and use cases ask the same function.
type situation struct {
	actor       event.Actor
	ticket      *Ticket
	selfAllowed bool // the target's environment lets authors approve
	cancelAsked bool
	committed   bool
	undo        Undo
	now         time.Time
}

func situationOf(actor event.Actor, v *View, now time.Time) situation {
	return situation{actor: actor, ticket: &v.Ticket, cancelAsked: v.CancelAsked, committed: v.Committed, undo: v.Undo, now: now,
		selfAllowed: v.Target != nil && v.Target.AllowSelfApproval && !v.Target.Protected}
}

// permit is nil where the action may be taken now, and otherwise says why not. The ticket is visible to the actor.
func (s situation) permit(action string) error {
	switch action {
	case ActionApprove:
		return s.permitApprove()
	case ActionReject:
		return first(s.staffOnly(), s.inState(action, PendingReview))
	case ActionEdit:
		if s.ticket.State == Running {
			return fault.New(fault.Conflict, "already_running", "The ticket is running and can no longer be edited.")
		}
		return first(s.requesterOrStaff(), s.inState(action, PendingReview, Queued))
	case ActionWithdraw:
		if s.actor.UserID != s.ticket.RequesterID {
			return fault.New(fault.Forbidden, "requester_only", "Only the requester may withdraw a ticket.")
		}
		return s.inState(action, PendingReview)
	case ActionCancel:
		return s.permitCancel()
	case ActionRetry:
		return s.permitRetry()
	case ActionUndo:
		return s.permitUndo()
	case ActionRecheck:
		if s.ticket.State == NeedsAttention {
			return s.staffOnly()
		}
		return first(s.requesterOrStaff(), s.inState(action, PendingReview))
	case ActionComment:
		return nil
	}
	return fault.New(fault.Internal, "unknown_action", "There is no action %s.", action)
}

func (s situation) permitApprove() error {
	if err := first(s.staffOnly(), s.notAuthor(), s.inState(ActionApprove, PendingReview)); err != nil {
		return err
	}
	if s.ticket.Preflight.Blocked() {
		return fault.New(fault.Conflict, "preflight_blocked", "Preflight found something that blocks the ticket; remove it and check again.")
	}
	return nil
}

func (s situation) notAuthor() error {
	if s.ticket.IsAuthor(s.actor.UserID) && !s.selfAllowed {
		return fault.New(fault.Forbidden, "self_approval", "You submitted or edited this ticket; someone else must approve it.")
	}
	return nil
}

func (s situation) permitCancel() error {
	err := first(s.requesterOrStaff(), s.inState(ActionCancel, Queued, Running))
	switch {
	case err != nil:
		return err
	case s.cancelAsked:
		return fault.New(fault.Conflict, "already_cancelling", "The ticket is already being cancelled.")
	case s.committed:
		return fault.New(fault.Conflict, "too_late", "The new tables are being put in place; it is too late to cancel.")
	}
	return nil
}

func (s situation) permitRetry() error {
	err := first(s.staffOnly(), s.inState(ActionRetry, Failed))
	switch {
	case err != nil:
		return err
	case s.ticket.FailureCode == "approval_stale":
		return fault.New(fault.Conflict, "approval_stale", "The servers are no longer as approved; submit the ticket again.")
	case s.now.After(s.ticket.ApprovalEnds()):
		return fault.New(fault.Conflict, "approval_expired", "The approval has expired; submit the ticket again.")
	}
	return nil
}

func (s situation) permitUndo() error {
	err := first(s.staffOnly(), s.inState(ActionUndo, Succeeded))
	switch {
	case err != nil:
		return err
	case s.undo.SupersededBy != 0:
		return SupersededBy(s.undo.SupersededBy)
	case !s.now.Before(s.undo.Until):
		return UndoExpired()
	}
	return nil
}

// SupersededBy refuses an undo because a later ticket has replaced some of the same objects.
func SupersededBy(id int64) error {
	return fault.New(fault.Conflict, "superseded_by", "Ticket #%d has replaced some of the same objects since; undo that one first.", id)
}

// UndoExpired refuses an undo whose time is over.
func UndoExpired() error {
	return fault.New(fault.Conflict, "undo_expired", "What the copy replaced is no longer kept.")
}

func (s situation) staffOnly() error {
	if !s.actor.IsStaff() {
		return fault.New(fault.Forbidden, "staff_only", "Only a DBA may do this.")
	}
	return nil
}

func (s situation) requesterOrStaff() error {
	if s.actor.UserID == s.ticket.RequesterID {
		return nil
	}
	return s.staffOnly()
}

func (s situation) inState(action string, states ...State) error {
	if !slices.Contains(states, s.ticket.State) {
		return wrongState(s.ticket.State, action)
	}
	return nil
}

// IsAuthor tells whether the user submitted or edited the ticket, and so may not approve it.
func (t *Ticket) IsAuthor(userID int64) bool {
	return userID == t.RequesterID || slices.Contains(t.EditorIDs, userID)
}

// actions lists every action with the reason where it is not allowed.
func (s situation) actions() []Action {
	list := make([]Action, 0, len(actionNames))
	for _, name := range actionNames {
		a := Action{Name: name, Allowed: true}
		if err := s.permit(name); err != nil {
			f := fault.As(err)
			a = Action{Name: name, Code: f.Code, Reason: f.Message}
		}
		list = append(list, a)
	}
	return list
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
