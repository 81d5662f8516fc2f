package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

// The methods here change a ticket in memory and nothing else. Whether the actor may do it was asked before (permit);
// they check what was looked at against what is there now.

func (t *Ticket) approve(by event.Actor, a Approval, now time.Time) error {
	switch {
	case a.Version != t.Version:
		return staleVersion(t.Version)
	case a.SpecHash != t.SpecHash:
		return fault.New(fault.Conflict, "stale_spec", "The ticket's content has changed since you looked; review it again.")
	case a.FindingsHash != t.Preflight.Hash:
		return fault.New(fault.Conflict, "stale_findings", "Preflight has found something else since you looked; review it again.")
	}
	if err := t.Move(MoveApprove); err != nil {
		return err
	}
	t.ReviewerID, t.ReviewNote, t.ApprovedAt = by.UserID, a.Note, now
	return nil
}

func (t *Ticket) reject(by event.Actor, version int, reason string, now time.Time) error {
	if version != t.Version {
		return staleVersion(t.Version)
	}
	if err := t.Move(MoveReject); err != nil {
		return err
	}
	t.ReviewerID, t.ReviewNote, t.FinishedAt = by.UserID, reason, now
	return nil
}

func (t *Ticket) withdraw(version int, now time.Time) error {
	if version != t.Version {
		return staleVersion(t.Version)
	}
	if err := t.Move(MoveWithdraw); err != nil {
		return err
	}
	t.FinishedAt = now
	return nil
}

// edit replaces what was asked for; whatever was approved is approved no more.
func (t *Ticket) edit(by event.Actor, version int, d prepared) error {
	if version != t.Version {
		return staleVersion(t.Version)
	}
	if err := t.Move(MoveEdit); err != nil {
		return err
	}
	t.Version++
	if by.UserID != t.RequesterID && !slices.Contains(t.EditorIDs, by.UserID) {
		t.EditorIDs = append(t.EditorIDs, by.UserID)
	}
	d.writeTo(t)
	t.voidApproval()
	return nil
}

// Expire takes a queued ticket whose approval has run out back to review.
func (t *Ticket) Expire() error {
	if err := t.Move(MoveExpire); err != nil {
		return err
	}
	t.voidApproval()
	return nil
}

func (t *Ticket) voidApproval() {
	t.ReviewerID, t.ReviewNote, t.ApprovedAt = 0, "", time.Time{}
	t.WaitingFor = 0
}

// cancel ends a queued ticket; a running one ends when its run has cleaned up.
func (t *Ticket) cancel(now time.Time) error {
	if t.State == Running {
		return nil
	}
	if err := t.Move(MoveCancel); err != nil {
		return err
	}
	t.FinishedAt, t.WaitingFor = now, 0
	return nil
}

func (t *Ticket) retry() error {
	if err := t.Move(MoveRetry); err != nil {
		return err
	}
	t.FailureCode, t.Failure, t.FinishedAt = "", "", time.Time{}
	return nil
}

// Start marks the first or a further run of an approved ticket.
func (t *Ticket) Start(now time.Time) error {
	if err := t.Move(MoveStart); err != nil {
		return err
	}
	t.StartedAt, t.FinishedAt, t.WaitingFor = now, time.Time{}, 0
	t.FailureCode, t.Failure, t.Report = "", "", nil
	return nil
}

// End marks how a run ended; m is one of the job's moves.
func (t *Ticket) End(m Move, code, message string, report json.RawMessage, now time.Time) error {
	if err := t.Move(m); err != nil {
		return err
	}
	if m == MoveRelease {
		return nil
	}
	t.FailureCode, t.Failure, t.Report, t.FinishedAt = code, message, report, now
	return nil
}

// undo asks for what was replaced to be put back.
func (t *Ticket) undo() error { return t.Move(MoveUndo) }

// EndUndo marks how an undo ended, or that a re-check found the copy still in place (MoveSucceed). The evidence and the
// times stay those of the copy.
func (t *Ticket) EndUndo(m Move, code, message string) error {
	if err := t.Move(m); err != nil {
		return err
	}
	t.FailureCode, t.Failure = code, message
	return nil
}

func staleVersion(now int) error {
	return fault.New(fault.Conflict, "stale_version", "The ticket is at version %d now; look at it again.", now)
}

// hashSpec names a canonical spec; approval and worker compare it.
func hashSpec(spec json.RawMessage) string {
	sum := sha256.Sum256(spec)
	return hex.EncodeToString(sum[:])
}
