package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"overmind/pkg/account"
	"overmind/pkg/event"
	"overmind/pkg/fault"
)

type sessionRow struct {
	ID           string
	UserID       int64
	RefreshHash  []byte
	TokenVersion int
	Address      string
	CreatedAt    time.Time
	ExpiresAt    time.Time
	EndedAt      *time.Time
}

func (sessionRow) TableName() string { return "sessions" }

var errSessionEnded = fault.New(fault.Unauthenticated, "session_ended", "Your session has ended. Sign in again.")

// swept is how many outdated attempts are removed at each new one; more than come in, so they do not pile up.
const swept = 100

// Attempt implements account.Sessions. The row is committed before the others are counted: attempts at the same moment
// see each other, and none of them slips through.
func (a *Accounts) Attempt(ctx context.Context, try account.Attempt, limit int, window time.Duration) (time.Duration, error) {
	db := a.s.db.WithContext(ctx)
	now, err := dbNow(db)
	if err != nil {
		return 0, err
	}
	since := now.Add(-window)
	row := struct {
		ID       int64
		NameHash []byte
		Address  string
		At       time.Time
	}{NameHash: try.NameHash[:], Address: try.Network, At: now}
	if err := db.Table("login_failures").Create(&row).Error; err != nil {
		return 0, fmt.Errorf("store: note sign-in attempt: %w", asFault(err))
	}
	var newest []time.Time // for each of the two, the attempt that fills the limit
	err = db.Raw(`(SELECT at FROM login_failures WHERE name_hash = ? AND at > ? AND id <> ?
			AND NOT EXISTS (SELECT 1 FROM sessions WHERE user_id = ? AND address = ?) ORDER BY at DESC LIMIT 1 OFFSET ?)
		UNION ALL (SELECT at FROM login_failures WHERE address = ? AND at > ? AND id <> ? ORDER BY at DESC LIMIT 1 OFFSET ?)`,
		try.NameHash[:], since, row.ID, try.UserID, try.Network, limit-1, try.Network, since, row.ID, limit-1).Scan(&newest).Error
	if err != nil {
		return 0, fmt.Errorf("store: count sign-in attempts: %w", err)
	}
	var wait time.Duration
	for _, at := range newest {
		wait = max(wait, at.Add(window).Sub(now))
	}
	if wait > 0 { // a refused attempt does not prolong the wait
		err = db.Exec("DELETE FROM login_failures WHERE id = ?", row.ID).Error
	} else {
		err = db.Exec("DELETE FROM login_failures WHERE at <= ? ORDER BY at LIMIT ?", since, swept).Error
	}
	if err != nil && !isDeadlock(err) { // somebody else sweeps
		return 0, fmt.Errorf("store: sweep sign-in attempts: %w", err)
	}
	return wait, nil
}

// StartSession implements account.Sessions.
func (a *Accounts) StartSession(ctx context.Context, started account.Started, audit event.Audit) (time.Time, error) {
	var expires time.Time
	err := a.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		c, err := takeUser(tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", started.UserID))
		if err != nil {
			return err
		}
		if c.User.Disabled || c.User.TokenVersion != started.TokenVersion {
			return errSessionEnded
		}
		expires = now.Add(started.Lifetime)
		row := sessionRow{ID: started.ID, UserID: started.UserID, RefreshHash: started.Refresh[:],
			TokenVersion: started.TokenVersion, Address: started.Network, CreatedAt: now, ExpiresAt: expires}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store: start session: %w", err)
		}
		if err := tx.Exec("DELETE FROM sessions WHERE user_id = ? AND expires_at < ?", started.UserID, now).Error; err != nil {
			return fmt.Errorf("store: sweep sessions: %w", err)
		}
		if err := forgive(tx, started.NameHash); err != nil {
			return err
		}
		return addAudit(tx, now, audit)
	})
	return expires, err
}

func forgive(tx *gorm.DB, name account.Hash) error {
	if err := tx.Exec("DELETE FROM login_failures WHERE name_hash = ?", name[:]).Error; err != nil {
		return fmt.Errorf("store: forgive sign-in attempts: %w", err)
	}
	return nil
}

// RotateSession implements account.Sessions.
func (a *Accounts) RotateSession(ctx context.Context, id string, old, next account.Hash, lifetime, limit time.Duration, address string) (account.User, time.Time, error) {
	var user account.User
	var expires time.Time
	var reused bool
	err := a.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		var row sessionRow
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).
			Where("id = ? AND ended_at IS NULL AND expires_at > ?", id, now).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return errSessionEnded
		} else if err != nil {
			return fmt.Errorf("store: read session: %w", err)
		}
		c, err := takeUser(tx.Where("id = ?", row.UserID))
		if err != nil {
			return err
		}
		user = c.User
		if user.Disabled || user.TokenVersion != row.TokenVersion {
			return errSessionEnded
		}
		if reused = !bytes.Equal(row.RefreshHash, old[:]); reused {
			return endSession(tx, now, id, event.Audit{Action: "user.session.reused", Aggregate: "user", SubjectID: user.ID, Actor: event.Actor{Address: address}})
		}
		expires = now.Add(lifetime)
		if last := row.CreatedAt.Add(limit); expires.After(last) {
			expires = last
		}
		err = tx.Exec("UPDATE sessions SET refresh_hash = ?, expires_at = ? WHERE id = ?", next[:], expires, id).Error
		if err != nil {
			return fmt.Errorf("store: rotate session: %w", err)
		}
		return nil
	})
	if err == nil && reused {
		err = errSessionEnded
	}
	return user, expires, err
}

// EndSession implements account.Sessions.
func (a *Accounts) EndSession(ctx context.Context, id, address string) error {
	return a.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		c, err := takeUser(tx.Where("id = (SELECT user_id FROM sessions WHERE id = ? AND ended_at IS NULL)", id))
		if errors.Is(err, errNoUser) {
			return nil
		} else if err != nil {
			return err
		}
		return endSession(tx, now, id, event.Audit{Action: "user.logout", Aggregate: "user", SubjectID: c.User.ID, Actor: c.User.Actor(address)})
	})
}

func endSession(tx *gorm.DB, now time.Time, id string, audit event.Audit) error {
	if err := tx.Exec("UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL", now, id).Error; err != nil {
		return fmt.Errorf("store: end session: %w", err)
	}
	return addAudit(tx, now, audit)
}

// SessionUser implements account.Sessions. It runs at every request, hence one statement.
func (a *Accounts) SessionUser(ctx context.Context, id string) (account.User, error) {
	var rows []userRow
	err := a.s.db.WithContext(ctx).Raw(`SELECT u.* FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.id = ? AND s.ended_at IS NULL AND s.expires_at > NOW(6) AND s.token_version = u.token_version AND u.disabled = 0`, id).
		Scan(&rows).Error
	if err != nil {
		return account.User{}, fmt.Errorf("store: read session: %w", err)
	}
	if len(rows) == 0 {
		return account.User{}, errSessionEnded
	}
	return rows[0].user(), nil
}
