package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/ticket"
)

// Create implements ticket.Store. The requester's row is locked first: it makes the limit of open tickets and the
// idempotency key exact when one user submits many times at once.
func (s *Store) Create(ctx context.Context, t ticket.Ticket, idempotencyKey string, c ticket.Change) (ticket.Ticket, error) {
	var stored ticket.Ticket
	err := s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		stored = t
		if err := tx.Exec("SELECT id FROM users WHERE id = ? FOR UPDATE", t.RequesterID).Error; err != nil {
			return fmt.Errorf("store: lock requester: %w", err)
		}
		if earlier, err := replay(tx, t, idempotencyKey); err != nil || earlier != 0 {
			if err == nil {
				stored, err = readTicket(tx, earlier)
			}
			return err
		}
		if err := checkOpen(tx, t.RequesterID, c.OpenLimit); err != nil {
			return err
		}
		stored.SubmittedAt, stored.UpdatedAt = now, now
		row, err := rowOfTicket(stored)
		if err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store: create ticket: %w", err)
		}
		stored.ID = row.ID
		if err := keepKey(tx, now, stored, idempotencyKey); err != nil {
			return err
		}
		if err := errors.Join(writeTerms(tx, stored), keepAsked(tx, stored)); err != nil {
			return err
		}
		return journal(tx, now, stored, c)
	})
	return stored, err
}

// Update implements ticket.Store.
func (s *Store) Update(ctx context.Context, id int64, fn func(t *ticket.Ticket) (ticket.Change, error)) (ticket.Ticket, error) {
	var t ticket.Ticket
	err := s.transact(ctx, func(tx *gorm.DB, _ time.Time) error {
		locked, now, err := lockTicket(tx, id)
		if err != nil {
			return err
		}
		t = locked
		state, version := t.State, t.Version
		t.UpdatedAt = now
		c, err := fn(&t)
		if err != nil {
			return err
		}
		if err := checkPace(tx, c); err != nil {
			return err
		}
		if err := saveTicket(tx, t, state); err != nil {
			return err
		}
		if t.Version != version {
			if err := errors.Join(saveEditors(tx, t), writeTerms(tx, t), keepAsked(tx, t)); err != nil {
				return err
			}
		}
		if err := changeJob(tx, t, c.Job); err != nil {
			return err
		}
		return journal(tx, now, t, c)
	})
	return t, err
}

// Record implements ticket.Store.
func (s *Store) Record(ctx context.Context, a event.Audit) error {
	return s.transact(ctx, func(tx *gorm.DB, now time.Time) error { return addAudit(tx, now, a) })
}

// journal writes the event and the audit row of a change to t.
func journal(tx *gorm.DB, now time.Time, t ticket.Ticket, c ticket.Change) error {
	c.Event.SubjectID, c.Audit.SubjectID = t.ID, t.ID
	if err := addEvent(tx, now, c.Event); err != nil {
		return err
	}
	return addAudit(tx, now, c.Audit)
}

// lockTicket reads the time after it has the lock, so that times follow the order of the changes.
func lockTicket(tx *gorm.DB, id int64) (ticket.Ticket, time.Time, error) {
	t, err := readTicket(tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), id)
	if err != nil {
		return t, time.Time{}, err
	}
	now, err := dbNow(tx)
	return t, now, err
}

func readTicket(tx *gorm.DB, id int64) (ticket.Ticket, error) {
	var row ticketRow
	if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ticket.Ticket{}, ticketNotFound()
		}
		return ticket.Ticket{}, fmt.Errorf("store: read ticket %d: %w", id, err)
	}
	t, err := row.ticket()
	if err != nil {
		return t, err
	}
	editors, err := editorsOf(tx.Session(&gorm.Session{NewDB: true}), []int64{id})
	t.EditorIDs = editors[id]
	return t, err
}

func ticketNotFound() error {
	return fault.New(fault.NotFound, "ticket_not_found", "There is no such ticket.")
}

// saveTicket writes a locked ticket. Whatever the code above does, the statement itself lets nothing leave a final state.
func saveTicket(tx *gorm.DB, t ticket.Ticket, from ticket.State) error {
	row, err := rowOfTicket(t)
	if err != nil {
		return err
	}
	var final []ticket.State
	for _, state := range ticket.States() {
		if state.Final() {
			final = append(final, state)
		}
	}
	result := tx.Model(&ticketRow{}).Where("id = ? AND state = ? AND (state = ? OR state NOT IN ?)", t.ID, from, t.State, final).
		Select("*").Omit("id", "kind", "requester_id", "submitted_at").Updates(row)
	if result.Error != nil {
		return fmt.Errorf("store: save ticket %d: %w", t.ID, result.Error)
	}
	if result.RowsAffected != 1 {
		return fault.New(fault.Conflict, "wrong_state", "The ticket has moved on from %s.", from)
	}
	return nil
}

func saveEditors(tx *gorm.DB, t ticket.Ticket) error {
	for _, id := range t.EditorIDs {
		err := tx.Exec("INSERT INTO ticket_editors (ticket_id, user_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE user_id = user_id", t.ID, id).Error
		if err != nil {
			return fmt.Errorf("store: keep editor: %w", err)
		}
	}
	return nil
}

// replay finds the ticket that this key made before; 0 when the key is new.
func replay(tx *gorm.DB, t ticket.Ticket, key string) (int64, error) {
	if key == "" {
		return 0, nil
	}
	var known []struct {
		TicketID    int64
		ContentHash string
	}
	err := tx.Raw("SELECT ticket_id, content_hash FROM idempotency_keys WHERE user_id = ? AND name = ?", t.RequesterID, key).Scan(&known).Error
	switch {
	case err != nil:
		return 0, fmt.Errorf("store: read idempotency key: %w", err)
	case len(known) == 0:
		return 0, nil
	case known[0].ContentHash != contentHash(t):
		return 0, fault.New(fault.Conflict, "idempotency_mismatch", "This idempotency key was used for other content.")
	}
	return known[0].TicketID, nil
}

func keepKey(tx *gorm.DB, now time.Time, t ticket.Ticket, key string) error {
	if key == "" {
		return nil
	}
	err := tx.Exec("INSERT INTO idempotency_keys (user_id, name, content_hash, ticket_id, created_at) VALUES (?, ?, ?, ?, ?)",
		t.RequesterID, key, contentHash(t), t.ID, now).Error
	if err != nil {
		return fmt.Errorf("store: keep idempotency key: %w", err)
	}
	return nil
}

func contentHash(t ticket.Ticket) string {
	// An array of strings cannot fail to encode.
	raw, _ := json.Marshal([]string{t.Kind, t.Title, t.Reason, t.SpecHash, t.NotBefore.UTC().Format(time.RFC3339Nano)})
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func checkOpen(tx *gorm.DB, requester int64, limit int) error {
	if limit == 0 {
		return nil
	}
	var open []ticket.State
	for _, state := range ticket.States() {
		if state.Open() {
			open = append(open, state)
		}
	}
	var count int64
	err := tx.Raw("SELECT COUNT(*) FROM tickets WHERE requester_id = ? AND state IN ?", requester, open).Scan(&count).Error
	if err != nil {
		return fmt.Errorf("store: count open tickets: %w", err)
	}
	if count >= int64(limit) {
		return fault.New(fault.TooMany, "too_many_open", "You have %d open tickets; wait until one is done.", count)
	}
	return nil
}

func checkPace(tx *gorm.DB, c ticket.Change) error {
	if c.HourLimit == 0 {
		return nil
	}
	var recent []bool
	err := tx.Raw("SELECT at > NOW(6) - INTERVAL 1 HOUR FROM audit WHERE actor_id = ? AND action = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
		c.Audit.Actor.UserID, c.Audit.Action, c.HourLimit-1).Scan(&recent).Error
	if err != nil {
		return fmt.Errorf("store: look how often this was done: %w", err)
	}
	if len(recent) > 0 && recent[0] {
		return fault.New(fault.TooMany, "too_often", "You have done this %d times in the last hour; wait a while.", c.HourLimit)
	}
	return nil
}
