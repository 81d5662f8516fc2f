package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/event"
	"overmind/pkg/notify"
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
