package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/fault"
	"overmind/pkg/job"
	"overmind/pkg/ticket"
)

type swapRow struct {
	KeptID int64
	Digest string
	Intent string
}

func (swapRow) TableName() string { return "swaps" }

type swapNameRow struct {
	Fingerprint  string
	DatabaseName string
	Name         string
	KeptID       int64
}

func (swapNameRow) TableName() string { return "swap_names" }

const nameBatch = 500

// addSwap writes a swap into the ledger. Names are compared without case, because a server may not tell them apart.
func addSwap(tx *gorm.DB, keptID int64, k job.Kept, intent string) error {
	if err := tx.Create(&swapRow{KeptID: keptID, Digest: k.Digest, Intent: intent}).Error; err != nil {
		return fmt.Errorf("store: keep swap: %w", err)
	}
	seen := map[string]bool{}
	var rows []swapNameRow
	for _, name := range k.Names {
		name = strings.ToLower(name)
		if !seen[name] {
			seen[name] = true
			rows = append(rows, swapNameRow{k.Fingerprint, k.Database, name, keptID})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.CreateInBatches(rows, nameBatch).Error; err != nil {
		return fmt.Errorf("store: keep names of a swap: %w", err)
	}
	// A swap that can no longer be undone stands in the ledger for its successors only.
	err := tx.Exec(`DELETE earlier FROM swap_names earlier JOIN swap_names mine ON mine.fingerprint = earlier.fingerprint
		AND mine.database_name = earlier.database_name AND mine.name = earlier.name AND mine.kept_id = ? AND earlier.kept_id < mine.kept_id
		JOIN kept_schemas k ON k.id = earlier.kept_id AND k.state = 'dropped'`, keptID).Error
	if err != nil {
		return fmt.Errorf("store: forget names of earlier swaps: %w", err)
	}
	return nil
}

// undoJob queues the undo of a locked ticket. The target is taken for it at once: whatever else would change the target
// comes after it.
func undoJob(tx *gorm.DB, t ticket.Ticket) error {
	// The same section as claims and drops.
	if err := holdLease(tx, "claim"); err != nil {
		return err
	}
	err := onlyOne(tx.Exec(`UPDATE kept_schemas SET state = 'undoing' WHERE ticket_id = ? AND state = 'kept' AND due_at > NOW(6)
		AND EXISTS (SELECT 1 FROM swaps s WHERE s.kept_id = kept_schemas.id)`, t.ID), ticket.UndoExpired())
	if err != nil {
		return err
	}
	later, err := supersededBy(tx, t.ID)
	if err != nil {
		return err
	}
	if later != 0 {
		return ticket.SupersededBy(later)
	}
	var id int64
	if err := tx.Raw("SELECT id FROM jobs WHERE ticket_id = ?", t.ID).Scan(&id).Error; err != nil {
		return fmt.Errorf("store: find job of ticket %d: %w", t.ID, err)
	}
	holder, err := takeLocks(tx, id, targetLocks(t))
	if err != nil {
		return err
	}
	if holder != 0 {
		return fault.New(fault.Conflict, "target_busy", "Ticket #%d is at work on the same target; try again when it has ended.", holder)
	}
	return onlyOne(tx.Exec(`UPDATE jobs SET recovery = 0, cancel_requested = 0, requeues = 0, not_before = NOW(6),
		next_dispatch_at = NOW(6), dispatch_count = 0, finished_at = NULL, state = 'queued' WHERE id = ? AND state = 'succeeded'`, id),
		fault.New(fault.Conflict, "already_queued", "The ticket is already queued again."))
}

// targetLocks are the locks that an undo needs: it reads no source.
func targetLocks(t ticket.Ticket) (locks []ticket.Lock) {
	for _, lock := range t.Preflight.Locks {
		if lock.Exclusive {
			locks = append(locks, lock)
		}
	}
	return locks
}

// supersededBy is the ticket with the newest swap that came after this ticket's and touched one of its names; 0 is none.
func supersededBy(tx *gorm.DB, ticketID int64) (later int64, err error) {
	err = tx.Raw(`SELECT b.ticket_id FROM kept_schemas a JOIN swap_names mine ON mine.kept_id = a.id
		JOIN swap_names other ON other.fingerprint = mine.fingerprint AND other.database_name = mine.database_name
			AND other.name = mine.name AND other.kept_id > a.id
		JOIN kept_schemas b ON b.id = other.kept_id WHERE a.ticket_id = ? ORDER BY b.id DESC LIMIT 1`, ticketID).Scan(&later).Error
	if err != nil {
		return 0, fmt.Errorf("store: look for later swaps: %w", err)
	}
	return later, nil
}

// undoOf tells until when a ticket can be undone; the zero value where it cannot.
func undoOf(db *gorm.DB, ticketID int64) (u ticket.Undo, err error) {
	var due []time.Time
	err = db.Raw(`SELECT k.due_at FROM kept_schemas k JOIN swaps s ON s.kept_id = k.id
		WHERE k.ticket_id = ? AND k.state = 'kept' AND k.due_at > NOW(6)`, ticketID).Scan(&due).Error
	if err != nil {
		return u, fmt.Errorf("store: read until when ticket %d can be undone: %w", ticketID, err)
	}
	if len(due) == 0 {
		return u, nil
	}
	u.Until = due[0].UTC()
	u.SupersededBy, err = supersededBy(db, ticketID)
	return u, err
}

// Swap implements ticket.Reader.
func (s *Store) Swap(ctx context.Context, id int64) (ticket.Swap, error) {
	rows, err := swapsOf(s.db.WithContext(ctx), id, "kept")
	if err != nil {
		return ticket.Swap{}, err
	}
	if len(rows) == 0 {
		return ticket.Swap{}, ticket.UndoExpired()
	}
	return ticket.Swap{Intent: rawJSON(rows[0].Intent), Digest: rows[0].Digest}, nil
}

// undoing is the swap that a ticket's job takes back; none where the job copies.
func undoing(tx *gorm.DB, ticketID int64) (*swapRow, error) {
	rows, err := swapsOf(tx, ticketID, "undoing")
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

func swapsOf(db *gorm.DB, ticketID int64, state string) (rows []swapRow, err error) {
	err = db.Raw("SELECT s.* FROM swaps s JOIN kept_schemas k ON k.id = s.kept_id WHERE k.ticket_id = ? AND k.state = ?", ticketID, state).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("store: read the swap of ticket %d: %w", ticketID, err)
	}
	return rows, nil
}

// undoEnding decides how an undo goes on. One that was lost with its worker is tried again a few times; whatever else
// kept it from being done is for a person to look at. A re-check finds that it was done, or gives the copy back.
func undoEnding(t ticket.Ticket, row jobRow, v job.Verdict) ending {
	e := ending{ofUndo: true, code: v.Code, message: v.Message}
	rechecked := t.State == ticket.NeedsAttention
	switch {
	case v.State == job.Succeeded:
		e.move, e.happened, e.jobState = ticket.MoveUndone, "undone", "undone"
		return e
	case v.State == job.Released && rechecked:
		e.move, e.happened, e.jobState = ticket.MoveSucceed, "undo_failed", "succeeded"
		return e
	case v.State == job.Released && row.Requeues < maxRequeues:
		e.happened, e.jobState, e.requeued = "undo_requeued", "queued", true
		return e
	case v.State == job.Released:
		e.code, e.message = "lease_lost", fmt.Sprintf("The worker was lost %d times; the copy is still in place.", row.Requeues+1)
	}
	e.happened, e.jobState = "needs_attention", "needs_attention"
	if !rechecked {
		e.move = ticket.MoveAttention
	}
	return e
}

// settleUndo is what becomes of the swap when its undo ends: it leaves the ledger, so that the one before it is the
// newest again, and the tables of the copy are dropped as soon as the target is free; or it can be undone again.
func settleUndo(tx *gorm.DB, keptID int64, e ending, k *job.Kept) error {
	switch {
	case e.move == ticket.MoveSucceed:
		if err := tx.Exec("UPDATE kept_schemas SET state = 'kept' WHERE id = ?", keptID).Error; err != nil {
			return fmt.Errorf("store: keep schema again: %w", err)
		}
	case e.move == ticket.MoveUndone:
		schema := ""
		if k != nil {
			schema = k.Schema
		}
		for _, statement := range []string{"DELETE FROM swap_names WHERE kept_id = ?", "DELETE FROM swaps WHERE kept_id = ?"} {
			if err := tx.Exec(statement, keptID).Error; err != nil {
				return fmt.Errorf("store: forget swap: %w", err)
			}
		}
		err := tx.Exec("UPDATE kept_schemas SET state = 'dropping', schema_name = ?, due_at = NOW(6) WHERE id = ?", schema, keptID).Error
		if err != nil {
			return fmt.Errorf("store: let an undone copy be dropped: %w", err)
		}
	}
	return nil
}
