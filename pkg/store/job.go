package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/job"
	"overmind/pkg/ticket"
)

// maxRequeues is how often a job goes back to the queue by itself after a lost or released lease.
const maxRequeues = 3

// changeJob does to the job of a locked ticket what a use case asked for.
func changeJob(tx *gorm.DB, t ticket.Ticket, change ticket.JobChange) error {
	switch change {
	case ticket.JobKeep:
		return nil
	case ticket.JobQueue:
		return queueJob(tx, t)
	case ticket.JobRequeue:
		return onlyOne(tx.Exec(`UPDATE jobs SET recovery = IF(state = 'needs_attention', 1, 0), cancel_requested = 0, requeues = 0,
			not_before = NOW(6), next_dispatch_at = NOW(6), dispatch_count = 0, finished_at = NULL, state = 'queued'
			WHERE ticket_id = ? AND state IN ('failed', 'needs_attention')`, t.ID),
			fault.New(fault.Conflict, "already_queued", "The ticket is already queued again."))
	case ticket.JobRemove:
		return onlyOne(tx.Exec("DELETE FROM jobs WHERE ticket_id = ? AND state = 'queued'", t.ID),
			fault.New(fault.Conflict, "already_running", "The ticket is running and can no longer be edited."))
	case ticket.JobCancel:
		return cancelJob(tx, t)
	case ticket.JobUndo:
		return undoJob(tx, t)
	}
	return fmt.Errorf("store: unknown job change %d", change)
}

func queueJob(tx *gorm.DB, t ticket.Ticket) error {
	err := tx.Exec(`INSERT INTO jobs (ticket_id, worker_group, state, attempt, not_before, next_dispatch_at, progress, names,
		sessions, intent, created_at)
		SELECT t.id, COALESCE(NULLIF(i.worker_group, ''), 'default'), 'queued',
			(SELECT COALESCE(MAX(a.number), 0) FROM attempts a WHERE a.ticket_id = t.id),
			GREATEST(NOW(6), COALESCE(t.not_before, NOW(6))), GREATEST(NOW(6), COALESCE(t.not_before, NOW(6))), '', '', '', '', NOW(6)
		FROM tickets t LEFT JOIN instances i ON i.id = t.target_instance_id WHERE t.id = ?`, t.ID).Error
	if err != nil {
		return fmt.Errorf("store: queue job of ticket %d: %w", t.ID, err)
	}
	return nil
}

func cancelJob(tx *gorm.DB, t ticket.Ticket) error {
	result := tx.Exec(`UPDATE jobs SET cancel_requested = 1, finished_at = IF(state = 'queued', NOW(6), finished_at),
		state = IF(state = 'queued', 'cancelled', state)
		WHERE ticket_id = ? AND state IN ('queued', 'running') AND committed_at IS NULL AND cancel_requested = 0`, t.ID)
	if result.Error != nil || result.RowsAffected == 1 {
		return result.Error
	}
	var asked []bool
	if err := tx.Raw("SELECT cancel_requested FROM jobs WHERE ticket_id = ?", t.ID).Scan(&asked).Error; err != nil {
		return fmt.Errorf("store: read cancel flag: %w", err)
	}
	if len(asked) == 1 && asked[0] {
		return fault.New(fault.Conflict, "already_cancelling", "The ticket is already being cancelled.")
	}
	return fault.New(fault.Conflict, "too_late", "The new tables are being put in place; it is too late to cancel.")
}

// onlyOne turns a conditional statement that met no row into the given refusal.
func onlyOne(result *gorm.DB, refusal error) error {
	switch {
	case result.Error != nil:
		return fmt.Errorf("store: %w", result.Error)
	case result.RowsAffected != 1:
		return refusal
	}
	return nil
}

func leaseLost() error {
	return fault.New(fault.Conflict, "lease_lost", "Another worker has taken the job over.")
}

// Heartbeat implements job.Store.
func (s *Store) Heartbeat(ctx context.Context, id int64, fence uint64, lease time.Duration, phase string, progress json.RawMessage) (bool, error) {
	db := s.db.WithContext(ctx)
	err := onlyOne(db.Exec(`UPDATE jobs SET lease_until = NOW(6) + INTERVAL ? MICROSECOND, phase = IF(? = '', phase, ?),
		progress = IF(? = '', progress, ?) WHERE id = ? AND fence = ? AND state = 'running'`,
		lease.Microseconds(), phase, phase, string(progress), string(progress), id, fence), leaseLost())
	if err != nil {
		return false, err
	}
	var cancel bool
	if err := db.Raw("SELECT cancel_requested FROM jobs WHERE id = ? AND fence = ?", id, fence).Scan(&cancel).Error; err != nil {
		return false, fmt.Errorf("store: read cancel flag: %w", err)
	}
	return cancel, nil
}

// Save implements job.Store.
func (s *Store) Save(ctx context.Context, id int64, fence uint64, column job.Column, value json.RawMessage) error {
	if column != job.ColumnNames && column != job.ColumnSessions {
		return fmt.Errorf("store: column %q of a job cannot be saved", column)
	}
	return onlyOne(s.db.WithContext(ctx).Exec("UPDATE jobs SET "+string(column)+" = ? WHERE id = ? AND fence = ? AND state = 'running'",
		string(value), id, fence), leaseLost())
}

// Commit implements job.Store.
func (s *Store) Commit(ctx context.Context, id int64, fence uint64, intent json.RawMessage) error {
	db := s.db.WithContext(ctx)
	result := db.Exec(`UPDATE jobs SET phase = 'swapping', intent = ?, committed_at = NOW(6)
		WHERE id = ? AND fence = ? AND state = 'running' AND cancel_requested = 0 AND lease_until > NOW(6)`, string(intent), id, fence)
	if result.Error != nil || result.RowsAffected == 1 {
		return result.Error
	}
	var cancelled []bool
	err := db.Raw("SELECT cancel_requested FROM jobs WHERE id = ? AND fence = ? AND state = 'running'", id, fence).Scan(&cancelled).Error
	switch {
	case err != nil:
		return fmt.Errorf("store: read cancel flag: %w", err)
	case len(cancelled) == 1 && cancelled[0]:
		return fault.New(fault.Conflict, "cancelled", "The job was cancelled.")
	}
	return leaseLost()
}

// Note implements job.Store.
func (s *Store) Note(ctx context.Context, id int64, fence uint64, eventType string, data json.RawMessage) error {
	return s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		var ids []int64
		err := tx.Raw("SELECT ticket_id FROM jobs WHERE id = ? AND fence = ? AND state = 'running' FOR UPDATE", id, fence).Scan(&ids).Error
		switch {
		case err != nil:
			return fmt.Errorf("store: find job %d: %w", id, err)
		case len(ids) == 0:
			return leaseLost()
		}
		var owner int64
		if err := tx.Raw("SELECT requester_id FROM tickets WHERE id = ?", ids[0]).Scan(&owner).Error; err != nil {
			return fmt.Errorf("store: find requester: %w", err)
		}
		return addEvent(tx, now, event.Event{Type: eventType, Aggregate: ticket.Aggregate, SubjectID: ids[0],
			OwnerID: owner, ActorName: event.System.Name, Data: data})
	})
}

// logLimit is how many lines an attempt may leave.
const logLimit = 5000

// Log implements job.Store. The times are the database's, as far back as each line is old.
func (s *Store) Log(ctx context.Context, id int64, fence uint64, lines []job.Line) error {
	read := time.Now()
	return s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		var at []struct {
			TicketID int64
			Attempt  int
			Written  int
		}
		err := tx.Raw(`SELECT j.ticket_id, j.attempt, (SELECT COALESCE(MAX(l.line), 0) FROM job_log l WHERE l.ticket_id = j.ticket_id
			AND l.attempt = j.attempt) AS written FROM jobs j WHERE j.id = ? AND j.fence = ? AND j.state = 'running'`, id, fence).Scan(&at).Error
		switch {
		case err != nil:
			return fmt.Errorf("store: find job %d: %w", id, err)
		case len(at) == 0:
			return leaseLost()
		}
		var rows []logRow
		for i, l := range lines[:min(len(lines), max(0, logLimit-at[0].Written))] {
			rows = append(rows, logRow{TicketID: at[0].TicketID, Attempt: at[0].Attempt, Line: at[0].Written + 1 + i, At: now.Add(l.At.Sub(read)),
				Level: l.Level, Message: l.Message[:min(len(l.Message), 500)], Data: textOf(l.Data)})
		}
		if len(rows) == 0 {
			return nil
		}
		if err := tx.Table("job_log").Create(&rows).Error; err != nil {
			return fmt.Errorf("store: write log of job %d: %w", id, err)
		}
		return nil
	})
}

// Due implements job.Waiting. The next ring of each job is pushed back, so that processes share the work and a job that
// cannot start is not asked for all the time.
func (s *Store) Due(ctx context.Context, limit int) ([]job.Ring, error) {
	type row struct {
		ID          int64
		WorkerGroup string
	}
	var due []row
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		err := tx.Raw(`SELECT id, worker_group FROM jobs WHERE state = 'queued' AND next_dispatch_at <= NOW(6) AND not_before <= NOW(6)
			ORDER BY next_dispatch_at LIMIT ? FOR UPDATE SKIP LOCKED`, limit).Scan(&due).Error
		if err != nil {
			return err
		}
		var expired []row
		err = tx.Raw(`SELECT id, worker_group FROM jobs WHERE state = 'running' AND lease_until < NOW(6) AND next_dispatch_at <= NOW(6)
			ORDER BY lease_until LIMIT ? FOR UPDATE SKIP LOCKED`, limit).Scan(&expired).Error
		if err != nil || len(due)+len(expired) == 0 {
			return err
		}
		due = append(due, expired...)
		ids := make([]int64, 0, len(due))
		for _, d := range due {
			ids = append(ids, d.ID)
		}
		return tx.Exec(`UPDATE jobs SET next_dispatch_at = NOW(6) + INTERVAL LEAST(5 * POW(2, LEAST(dispatch_count, 10)), 60) SECOND,
			dispatch_count = dispatch_count + 1 WHERE id IN ?`, ids).Error
	})
	if err != nil {
		return nil, asFault(fmt.Errorf("store: find due jobs: %w", err))
	}
	rings := make([]job.Ring, 0, len(due))
	for _, d := range due {
		rings = append(rings, job.Ring{JobID: d.ID, Group: d.WorkerGroup})
	}
	return rings, nil
}

// Claimable implements job.Waiting.
func (s *Store) Claimable(ctx context.Context, groups []string, limit int) ([]int64, error) {
	var ids []int64
	err := s.db.WithContext(ctx).Raw(`SELECT id FROM (
			(SELECT id, 0 AS place, next_dispatch_at FROM jobs WHERE state = 'running' AND lease_until < NOW(6) AND worker_group IN ?
				ORDER BY lease_until LIMIT ?)
			UNION ALL
			(SELECT id, 1, next_dispatch_at FROM jobs WHERE state = 'queued' AND not_before <= NOW(6) AND worker_group IN ?
				ORDER BY next_dispatch_at LIMIT ?)) AS j
		ORDER BY place, next_dispatch_at LIMIT ?`, groups, limit, groups, limit, limit).Scan(&ids).Error
	if err != nil {
		return nil, asFault(fmt.Errorf("store: find claimable jobs: %w", err))
	}
	return ids, nil
}
