package ticket

import (
	"slices"

	"overmind/pkg/fault"
)

// State is where a ticket stands.
type State string

// The states, docs/states.md draws them.
const (
	PendingReview  State = "pending_review"
	Rejected       State = "rejected"
	Withdrawn      State = "withdrawn"
	Queued         State = "queued"
	Running        State = "running"
	Succeeded      State = "succeeded"
	Failed         State = "failed"
	Cancelled      State = "cancelled"
	NeedsAttention State = "needs_attention"
	Undoing        State = "undoing"
	Undone         State = "undone"
)

// Move is what takes a ticket from one state to another.
type Move string

// The moves. People make those up to MoveUndo, the job makes the others.
const (
	MoveEdit      Move = "edit"
	MoveApprove   Move = "approve"
	MoveReject    Move = "reject"
	MoveWithdraw  Move = "withdraw"
	MoveCancel    Move = "cancel"
	MoveRetry     Move = "retry"
	MoveUndo      Move = "undo"
	MoveExpire    Move = "expire"
	MoveStart     Move = "start"
	MoveRelease   Move = "release"
	MoveSucceed   Move = "succeed"
	MoveFail      Move = "fail"
	MoveStop      Move = "stop"
	MoveAttention Move = "attention"
	MoveUndone    Move = "undone"
)

// Transition is one line of the state machine.
type Transition struct {
	From State
	Move Move
	To   State
}

// transitions is the whole state machine; docs/states.md is drawn from it.
var transitions = []Transition{
	{PendingReview, MoveEdit, PendingReview},
	{PendingReview, MoveApprove, Queued},
	{PendingReview, MoveReject, Rejected},
	{PendingReview, MoveWithdraw, Withdrawn},
	{Queued, MoveEdit, PendingReview},
	{Queued, MoveExpire, PendingReview},
	{Queued, MoveCancel, Cancelled},
	{Queued, MoveStart, Running},
	{Running, MoveSucceed, Succeeded},
	{Running, MoveFail, Failed},
	{Running, MoveStop, Cancelled},
	{Running, MoveAttention, NeedsAttention},
	{Running, MoveRelease, Queued},
	{Failed, MoveRetry, Queued},
	{NeedsAttention, MoveSucceed, Succeeded},
	{NeedsAttention, MoveFail, Failed},
	{NeedsAttention, MoveUndone, Undone},
	{Succeeded, MoveUndo, Undoing},
	{Undoing, MoveUndone, Undone},
	{Undoing, MoveAttention, NeedsAttention},
}

// Transitions returns a copy of the state machine.
func Transitions() []Transition { return slices.Clone(transitions) }

// States lists every state, in the order of a ticket's life.
func States() []State {
	return []State{PendingReview, Rejected, Withdrawn, Queued, Running, Succeeded, Failed, Cancelled, NeedsAttention,
		Undoing, Undone}
}

// Final tells whether no move leaves the state.
func (s State) Final() bool {
	return !slices.ContainsFunc(transitions, func(t Transition) bool { return t.From == s })
}

// Open tells whether the ticket still counts against its requester's limit: it waits for someone or runs.
func (s State) Open() bool {
	return s == PendingReview || s == Queued || s == Running || s == NeedsAttention || s == Undoing
}

// May tells whether the move is possible from the state.
func (s State) May(m Move) bool {
	_, ok := s.after(m)
	return ok
}

func (s State) after(m Move) (State, bool) {
	for _, t := range transitions {
		if t.From == s && t.Move == m {
			return t.To, true
		}
	}
	return "", false
}

// Move takes the ticket along one line of the state machine, or is Conflict `wrong_state`.
func (t *Ticket) Move(m Move) error {
	to, ok := t.State.after(m)
	if !ok {
		return wrongState(t.State, string(m))
	}
	t.State = to
	return nil
}

func wrongState(s State, action string) error {
	return fault.New(fault.Conflict, "wrong_state", "The ticket is %s; %s is not possible now.", s, action)
}
