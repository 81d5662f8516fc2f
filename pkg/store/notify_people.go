package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/event"
	"overmind/pkg/notify"
	"overmind/pkg/ticket"
)

// Preferences implements notify.Messages.
func (n *Notifications) Preferences(ctx context.Context, userID int64) (notify.Preferences, error) {
	var rows []struct{ Email, Language, Muted string }
	err := n.s.db.WithContext(ctx).Raw(`SELECT u.email, u.language, COALESCE(p.muted, '[]') AS muted
		FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id WHERE u.id = ?`, userID).Scan(&rows).Error
	if err != nil {
		return notify.Preferences{}, fmt.Errorf("store: read preferences: %w", err)
	}
	if len(rows) == 0 {
		return notify.Preferences{}, errNoUser
	}
	p := notify.Preferences{Email: rows[0].Email, Language: rows[0].Language}
	if err := json.Unmarshal([]byte(rows[0].Muted), &p.Muted); err != nil {
		return p, fmt.Errorf("store: preferences of user %d: %w", userID, err)
	}
	return p, nil
}

// SavePreferences implements notify.Messages.
func (n *Notifications) SavePreferences(ctx context.Context, userID int64, p notify.Preferences, audit event.Audit) error {
	muted := "[]"
	if len(p.Muted) > 0 {
		raw, err := json.Marshal(p.Muted)
		if err != nil {
			return fmt.Errorf("store: encode preferences: %w", err)
		}
		muted = string(raw)
	}
	return n.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		err := tx.Exec("UPDATE users SET language = ?, updated_at = ? WHERE id = ?", p.Language, now, userID).Error
		if err != nil {
			return fmt.Errorf("store: save language: %w", err)
		}
		err = tx.Exec("REPLACE INTO notification_preferences (user_id, muted) VALUES (?, ?)", userID, muted).Error
		if err != nil {
			return fmt.Errorf("store: save preferences: %w", err)
		}
		return addAudit(tx, now, audit)
	})
}

// Remind implements notify.Deliveries. The row that says so and the event are one transaction, and the row is only new
// once, so that several processes remind once.
func (n *Notifications) Remind(ctx context.Context, level notify.Type, after time.Duration) error {
	type due struct {
		ID, RequesterID int64
		Since           time.Time
	}
	var waiting []due
	err := n.s.db.WithContext(ctx).Raw(`SELECT w.* FROM (SELECT t.id, t.requester_id,
				(SELECT MAX(e.at) FROM events e WHERE e.aggregate = 'ticket' AND e.subject_id = t.id AND e.type IN ?) AS since
			FROM tickets t WHERE t.state = ?) w
		WHERE w.since <= NOW(6) - INTERVAL ? MICROSECOND
		AND NOT EXISTS (SELECT 1 FROM review_reminders r WHERE r.ticket_id = w.id AND r.since = w.since AND r.level = ?)`,
		reviewBegins, string(ticket.PendingReview), after.Microseconds(), levelName(level)).Scan(&waiting).Error
	if err != nil {
		return fmt.Errorf("store: look for waiting tickets: %w", err)
	}
	for _, w := range waiting {
		err := n.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
			result := tx.Exec("INSERT IGNORE INTO review_reminders (ticket_id, since, level) VALUES (?, ?, ?)", w.ID, w.Since, levelName(level))
			if result.Error != nil || result.RowsAffected == 0 {
				return result.Error
			}
			return addEvent(tx, now, event.Event{Type: string(level), Aggregate: ticket.Aggregate, SubjectID: w.ID, OwnerID: w.RequesterID,
				ActorName: event.System.Name, Data: encode(map[string]any{"state": ticket.PendingReview, "since": w.Since})})
		})
		if err != nil {
			return fmt.Errorf("store: remind of ticket %d: %w", w.ID, err)
		}
	}
	return nil
}

func levelName(level notify.Type) string {
	if level == notify.ReviewEscalated {
		return "escalation"
	}
	return "reminder"
}
