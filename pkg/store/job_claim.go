package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/event"
	"overmind/pkg/job"
	"overmind/pkg/ticket"
)

type jobRow struct {
	ID              int64
	TicketID        int64
	State           string
	CancelRequested bool
	Recovery        bool
	Attempt         int
	Requeues        int
	Fence           uint64
	Phase           string
	Names           string
	Sessions        string
	Intent          string
}

func (jobRow) TableName() string { return "jobs" }

// claimable is the condition under which a job may be taken: queued and due, or left behind by an owner whose lease ran
// out, whatever the cancel flag says, because its traces have to be cleaned up.
const claimable = `id = ? AND worker_group IN ? AND ((state = 'queued' AND cancel_requested = 0 AND not_before <= NOW(6))
	OR (state = 'running' AND lease_until < NOW(6)))`

// Claim implements job.Store.
func (s *Store) Claim(ctx context.Context, id int64, owner string, groups []string, lease time.Duration) (job.Job, bool, error) {
	var j job.Job
	if len(groups) == 0 {
		return j, false, nil
	}
	var ticketIDs []int64
	err := s.db.WithContext(ctx).Raw("SELECT ticket_id FROM jobs WHERE "+claimable, id, groups).Scan(&ticketIDs).Error
	if err != nil {
		return j, false, asFault(fmt.Errorf("store: look at job %d: %w", id, err))
	}
	if len(ticketIDs) == 0 {
		return j, false, nil
	}
	ok := false
	err = s.transact(ctx, func(tx *gorm.DB, _ time.Time) error {
		var err error
		j, ok, err = claim(tx, claimOf{job: id, ticket: ticketIDs[0], owner: owner, groups: groups, lease: lease})
		return err
	})
	return j, ok && err == nil, err
}

type claimOf struct {
	job, ticket int64
	owner       string
	groups      []string
	lease       time.Duration
}

func claim(tx *gorm.DB, c claimOf) (job.Job, bool, error) {
	// Claims go one at a time, so that two of them cannot both find a lock free.
	if err := holdLease(tx, "claim"); err != nil {
		return job.Job{}, false, err
	}
	t, now, err := lockTicket(tx, c.ticket)
	if err != nil {
		return job.Job{}, false, err
	}
	var rows []jobRow
	if err := tx.Raw("SELECT * FROM jobs WHERE "+claimable+" FOR UPDATE", c.job, c.groups).Scan(&rows).Error; err != nil {
		return job.Job{}, false, fmt.Errorf("store: lock job %d: %w", c.job, err)
	}
	if len(rows) == 0 { // somebody else was faster
		return job.Job{}, false, nil
	}
	if t.State == ticket.Queued && now.After(t.ApprovalEnds()) {
		return job.Job{}, false, expireApproval(tx, now, t)
	}
	undo, err := undoing(tx, t.ID)
	if err != nil {
		return job.Job{}, false, err
	}
	locks := t.Preflight.Locks
	if undo != nil {
		locks = targetLocks(t)
	}
	holder, err := takeLocks(tx, c.job, locks)
	if err != nil {
		return job.Job{}, false, err
	}
	if holder == 0 {
		holder, err = takeSlots(tx, c.job, locks)
	}
	if err != nil {
		return job.Job{}, false, err
	}
	if holder != 0 {
		return job.Job{}, false, waitFor(tx, now, t, holder)
	}
	err = tx.Exec(`UPDATE jobs SET fence = fence + 1, recovery = IF(state = 'running', 1, recovery),
		attempt = attempt + IF(state = 'running' OR recovery = 1, 0, 1), lease_owner = ?, lease_until = NOW(6) + INTERVAL ? MICROSECOND,
		next_dispatch_at = NOW(6), dispatch_count = 0, started_at = COALESCE(started_at, NOW(6)), state = 'running' WHERE id = ?`,
		c.owner, c.lease.Microseconds(), c.job).Error
	if err != nil {
		return job.Job{}, false, fmt.Errorf("store: claim job %d: %w", c.job, err)
	}
	var row jobRow
	if err := tx.Where("id = ?", c.job).Take(&row).Error; err != nil {
		return job.Job{}, false, fmt.Errorf("store: read job %d: %w", c.job, err)
	}
	if err := markStarted(tx, now, t, row, c.owner); err != nil {
		return job.Job{}, false, err
	}
	return claimed(t, row, undo), true, nil
}

func claimed(t ticket.Ticket, row jobRow, undo *swapRow) job.Job {
	j := job.Job{ID: row.ID, TicketID: t.ID, Kind: t.Kind, Fence: row.Fence, Attempt: row.Attempt, Recovery: row.Recovery,
		CancelRequested: row.CancelRequested, Phase: row.Phase, Spec: t.Spec, SpecHash: t.SpecHash, Plan: t.Preflight.Plan,
		FindingsHash: t.Preflight.Hash, Names: rawJSON(row.Names), Sessions: rawJSON(row.Sessions), Intent: rawJSON(row.Intent)}
	if undo != nil {
		j.Undo = &job.Swap{Intent: rawJSON(undo.Intent), Digest: undo.Digest}
	}
	return j
}

// holdLease makes this transaction the only one in the section of that name.
func holdLease(tx *gorm.DB, name string) error {
	if err := tx.Exec("SELECT value FROM leases WHERE name = ? FOR UPDATE", name).Error; err != nil {
		return fmt.Errorf("store: enter section %s: %w", name, err)
	}
	return nil
}

// markStarted writes a claim into the ticket, its attempts and its history.
func markStarted(tx *gorm.DB, now time.Time, t ticket.Ticket, row jobRow, worker string) error {
	data := map[string]any{"attempt": row.Attempt, "worker": worker}
	err := tx.Exec(`INSERT INTO attempts (ticket_id, number, fence, worker, state, message, started_at) VALUES (?, ?, ?, ?, 'running', '', ?)
		ON DUPLICATE KEY UPDATE fence = VALUES(fence), worker = VALUES(worker), state = 'running', finished_at = NULL`, t.ID, row.Attempt, row.Fence, worker, now).Error
	if err != nil {
		return fmt.Errorf("store: write attempt: %w", err)
	}
	if t.State == ticket.Undoing && !row.Recovery {
		return journal(tx, now, t, systemChange(t, "undo_started", t.State, data))
	}
	if t.State != ticket.Queued { // taken over, or re-checked: the ticket stays what it is until the run has ended
		return journal(tx, now, t, systemChange(t, "recovering", t.State, data))
	}
	from := t.State
	if err := t.Start(now); err != nil {
		return err
	}
	t.UpdatedAt = now
	if err := saveTicket(tx, t, from); err != nil {
		return err
	}
	return journal(tx, now, t, systemChange(t, "started", from, data))
}

// takeLocks takes what the job must hold, or tells which ticket holds some of it.
func takeLocks(tx *gorm.DB, jobID int64, locks []ticket.Lock) (holder int64, err error) {
	for _, lock := range locks {
		if lock.InstanceID != 0 {
			continue
		}
		var holders []int64
		err := tx.Raw(`SELECT COALESCE(j.ticket_id, k.ticket_id, 0) FROM job_locks l LEFT JOIN jobs j ON j.id = l.job_id
			LEFT JOIN kept_schemas k ON k.id = -l.job_id
			WHERE l.lock_key = ? AND l.job_id <> ? AND (l.is_exclusive = 1 OR ? = 1) ORDER BY 1 LIMIT 1`,
			lock.Key, jobID, lock.Exclusive).Scan(&holders).Error
		if err != nil {
			return 0, fmt.Errorf("store: look for lock holders: %w", err)
		}
		if len(holders) > 0 {
			return holders[0], nil
		}
	}
	for _, lock := range locks {
		if lock.InstanceID != 0 {
			continue
		}
		err := tx.Exec(`INSERT INTO job_locks (lock_key, job_id, is_exclusive) VALUES (?, ?, ?)
			ON DUPLICATE KEY UPDATE is_exclusive = GREATEST(is_exclusive, VALUES(is_exclusive))`, lock.Key, jobID, lock.Exclusive).Error
		if err != nil {
			return 0, fmt.Errorf("store: take lock: %w", err)
		}
	}
	return 0, nil
}

// waitFor says on the ticket whom it waits for, once for each holder.
func waitFor(tx *gorm.DB, now time.Time, t ticket.Ticket, holder int64) error {
	if t.WaitingFor == holder {
		return nil
	}
	t.WaitingFor, t.UpdatedAt = holder, now
	if err := saveTicket(tx, t, t.State); err != nil {
		return err
	}
	return journal(tx, now, t, systemChange(t, "waiting", t.State, map[string]any{"waiting_for": holder}))
}

func expireApproval(tx *gorm.DB, now time.Time, t ticket.Ticket) error {
	from := t.State
	if err := t.Expire(); err != nil {
		return err
	}
	t.UpdatedAt = now
	if err := saveTicket(tx, t, from); err != nil {
		return err
	}
	if err := changeJob(tx, t, ticket.JobRemove); err != nil {
		return err
	}
	return journal(tx, now, t, systemChange(t, "approval_expired", from, nil))
}

// systemChange is the event and the audit row of something that no person did.
func systemChange(t ticket.Ticket, happened string, from ticket.State, data map[string]any) ticket.Change {
	content := map[string]any{"state": t.State, "version": t.Version}
	for k, v := range data {
		content[k] = v
	}
	return ticket.Change{
		Event: event.Event{Type: "ticket." + happened, Aggregate: ticket.Aggregate, OwnerID: t.RequesterID,
			ActorName: event.System.Name, Data: encode(content)},
		Audit: event.Audit{Action: "ticket." + happened, Aggregate: ticket.Aggregate, Actor: event.System,
			Before: encode(map[string]any{"state": from}), After: encode(content)},
	}
}

// encode is for values that this package builds itself.
func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("store: " + err.Error())
	}
	return raw
}
