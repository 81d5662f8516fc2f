package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/job"
	"overmind/pkg/ticket"
)

// ending is what a verdict makes of ticket, job and attempt.
type ending struct {
	move     ticket.Move
	happened string
	jobState string
	code     string
	message  string
	requeued bool
	ofUndo   bool
}

// endingOf decides. A run that was given back goes on by itself a few times only, and never against a cancel; under a
// re-check the ticket may only end as succeeded or failed.
func endingOf(t ticket.Ticket, row jobRow, v job.Verdict, undo bool) (ending, error) {
	if undo {
		return undoEnding(t, row, v), nil
	}
	e := ending{code: v.Code, message: v.Message}
	switch v.State {
	case job.Succeeded:
		e.move, e.happened, e.jobState = ticket.MoveSucceed, "succeeded", "succeeded"
	case job.Failed:
		e.move, e.happened, e.jobState = ticket.MoveFail, "failed", "failed"
	case job.Cancelled:
		e.move, e.happened, e.jobState = ticket.MoveStop, "cancelled", "cancelled"
	case job.NeedsAttention:
		e.move, e.happened, e.jobState = ticket.MoveAttention, "needs_attention", "needs_attention"
	case job.Released:
		e = released(row, e)
	default:
		return e, fmt.Errorf("store: unknown verdict %q", v.State)
	}
	if t.State == ticket.NeedsAttention && e.move != ticket.MoveSucceed {
		return recheckEnding(e), nil
	}
	return e, nil
}

func released(row jobRow, e ending) ending {
	switch {
	case row.CancelRequested:
		e.move, e.happened, e.jobState = ticket.MoveStop, "cancelled", "cancelled"
	case row.Requeues >= maxRequeues:
		e.move, e.happened, e.jobState = ticket.MoveFail, "failed", "failed"
		e.code, e.message = "lease_lost", fmt.Sprintf("The worker was lost %d times; the target is as it was before.", row.Requeues+1)
	default:
		e.move, e.happened, e.jobState, e.requeued = ticket.MoveRelease, "requeued", "queued", true
	}
	return e
}

func recheckEnding(e ending) ending {
	if e.move == ticket.MoveAttention {
		e.move = "" // still undecided: the ticket stays
		return e
	}
	if e.move != ticket.MoveFail && e.code == "" {
		e.code, e.message = "cleaned_up", "The run did not finish; the target is as it was before."
	}
	e.move, e.happened, e.jobState, e.requeued = ticket.MoveFail, "failed", "failed", false
	return e
}

// Finish implements job.Store.
func (s *Store) Finish(ctx context.Context, id int64, fence uint64, v job.Verdict) error {
	var ticketID int64
	err := s.transact(ctx, func(tx *gorm.DB, _ time.Time) error {
		var ids []int64
		if err := tx.Raw("SELECT ticket_id FROM jobs WHERE id = ? AND fence = ?", id, fence).Scan(&ids).Error; err != nil {
			return fmt.Errorf("store: find job %d: %w", id, err)
		}
		if len(ids) == 0 {
			return leaseLost()
		}
		ticketID = ids[0]
		return s.finish(tx, ticketID, id, fence, v)
	})
	if err != nil {
		return err
	}
	s.wakeWaiting(ctx, ticketID)
	return nil
}

func (s *Store) finish(tx *gorm.DB, ticketID, id int64, fence uint64, v job.Verdict) error {
	t, now, err := lockTicket(tx, ticketID)
	if err != nil {
		return err
	}
	var rows []jobRow
	err = tx.Raw("SELECT * FROM jobs WHERE id = ? AND fence = ? AND state = 'running' FOR UPDATE", id, fence).Scan(&rows).Error
	switch {
	case err != nil:
		return fmt.Errorf("store: lock job %d: %w", id, err)
	case len(rows) == 0:
		return leaseLost()
	}
	swap, err := undoing(tx, t.ID)
	if err != nil {
		return err
	}
	e, err := endingOf(t, rows[0], v, swap != nil)
	if err != nil {
		return err
	}
	if err := endJob(tx, id, e); err != nil {
		return err
	}
	if err := endAttempt(tx, now, t.ID, rows[0].Attempt, e); err != nil {
		return err
	}
	switch {
	case swap != nil:
		err = settleUndo(tx, swap.KeptID, e, v.Kept)
	case v.Kept != nil && e.move == ticket.MoveSucceed:
		err = s.keepSchema(tx, now, t, *v.Kept, rows[0].Intent)
	}
	if err != nil {
		return err
	}
	if v.Moved != (job.Volume{}) {
		err = saveVolume(tx, t.ID, v.Moved)
	}
	if err != nil {
		return err
	}
	return endTicket(tx, now, t, rows[0], e, v.Report)
}

func endTicket(tx *gorm.DB, now time.Time, t ticket.Ticket, row jobRow, e ending, report json.RawMessage) error {
	from := t.State
	var err error
	switch {
	case e.move == "":
	case e.ofUndo:
		err = t.EndUndo(e.move, e.code, e.message)
	default:
		err = t.End(e.move, e.code, e.message, report, now)
	}
	if err != nil {
		return err
	}
	t.UpdatedAt = now
	if err := saveTicket(tx, t, from); err != nil {
		return err
	}
	data := map[string]any{"attempt": row.Attempt}
	if e.code != "" {
		data["code"], data["message"] = e.code, e.message
	}
	return journal(tx, now, t, systemChange(t, e.happened, from, data))
}

// endJob gives the locks back, except while it is unclear what is on the target, or an undo is to be tried again.
func endJob(tx *gorm.DB, id int64, e ending) error {
	if err := tx.Exec("DELETE FROM instance_slots WHERE job_id = ?", id).Error; err != nil {
		return fmt.Errorf("store: give connections back: %w", err)
	}
	finished := "finished_at = NOW(6)"
	if e.requeued {
		finished = "requeues = requeues + 1, not_before = NOW(6)"
	}
	keep := ""
	if e.jobState != "needs_attention" {
		keep = ", recovery = 0, phase = '', committed_at = NULL, progress = '', names = '', sessions = '', intent = ''"
	}
	if e.jobState != "needs_attention" && !(e.ofUndo && e.requeued) {
		if err := tx.Exec("DELETE FROM job_locks WHERE job_id = ?", id).Error; err != nil {
			return fmt.Errorf("store: give locks back: %w", err)
		}
	}
	err := tx.Exec("UPDATE jobs SET "+finished+keep+`, lease_owner = '', lease_until = NULL, next_dispatch_at = NOW(6),
		dispatch_count = 0, state = ? WHERE id = ?`, e.jobState, id).Error
	if err != nil {
		return fmt.Errorf("store: end job %d: %w", id, err)
	}
	return nil
}

func endAttempt(tx *gorm.DB, now time.Time, ticketID int64, number int, e ending) error {
	state := e.jobState
	if e.requeued {
		state = "released"
	}
	err := tx.Exec("UPDATE attempts SET state = ?, code = ?, message = ?, finished_at = ? WHERE ticket_id = ? AND number = ?",
		state, e.code, e.message, now, ticketID, number).Error
	if err != nil {
		return fmt.Errorf("store: end attempt: %w", err)
	}
	return nil
}

// wakeWaiting lets the jobs that waited for this ticket's locks be rung at once. Without it they would still be, at
// their next regular ring, so a failure is nothing to report.
func (s *Store) wakeWaiting(ctx context.Context, ticketID int64) {
	s.db.WithContext(ctx).Exec(`UPDATE jobs SET next_dispatch_at = NOW(6), dispatch_count = 0 WHERE state = 'queued' AND ticket_id IN
		(SELECT id FROM (SELECT id FROM tickets WHERE waiting_for = ?) w)`, ticketID)
}
