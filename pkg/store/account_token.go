package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"overmind/pkg/account"
	"overmind/pkg/fault"
)

type tokenRow struct {
	ID         int64
	UserID     int64
	Name       string
	Prefix     string
	TokenHash  []byte
	ExpiresAt  time.Time
	LastUsedAt *time.Time
	CreatedAt  time.Time
}

func (tokenRow) TableName() string { return "access_tokens" }

func (r tokenRow) token() account.Token {
	t := account.Token{ID: r.ID, UserID: r.UserID, Name: r.Name, Prefix: r.Prefix, ExpiresAt: r.ExpiresAt, CreatedAt: r.CreatedAt}
	if r.LastUsedAt != nil {
		t.LastUsedAt = *r.LastUsedAt
	}
	return t
}

// Tokens implements account.Tokens.
func (a *Accounts) Tokens(ctx context.Context, userID int64) ([]account.Token, error) {
	var rows []tokenRow
	if err := a.s.db.WithContext(ctx).Where("user_id = ?", userID).Order("id DESC").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("store: list tokens: %w", err)
	}
	tokens := make([]account.Token, len(rows))
	for i, row := range rows {
		tokens[i] = row.token()
	}
	return tokens, nil
}

// CreateToken implements account.Tokens.
func (a *Accounts) CreateToken(ctx context.Context, t account.Token, hash account.Hash, limit int, change func(t account.Token) account.Change) (account.Token, error) {
	err := a.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		if _, err := takeUser(tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", t.UserID)); err != nil {
			return err
		}
		var have int64
		if err := tx.Model(&tokenRow{}).Where("user_id = ?", t.UserID).Count(&have).Error; err != nil {
			return fmt.Errorf("store: count tokens: %w", err)
		}
		if have >= int64(limit) {
			return fault.New(fault.Conflict, "too_many_tokens", "You have %d tokens; delete one that you no longer use.", have)
		}
		row := tokenRow{UserID: t.UserID, Name: t.Name, Prefix: t.Prefix, TokenHash: hash[:], ExpiresAt: t.ExpiresAt, CreatedAt: now}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store: create token: %w", err)
		}
		t = row.token()
		return addAccountChange(tx, now, change(t))
	})
	return t, err
}

// DeleteToken implements account.Tokens.
func (a *Accounts) DeleteToken(ctx context.Context, userID, id int64, change account.Change) error {
	return a.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		deleted := tx.Exec("DELETE FROM access_tokens WHERE id = ? AND user_id = ?", id, userID)
		if deleted.Error != nil {
			return fmt.Errorf("store: delete token: %w", deleted.Error)
		}
		if deleted.RowsAffected == 0 {
			return fault.New(fault.NotFound, "token_not_found", "There is no such token.")
		}
		return addAccountChange(tx, now, change)
	})
}

// TokenUser implements account.Tokens. The time of use is written at most once a minute, so that a busy client does not
// turn every read into a write.
func (a *Accounts) TokenUser(ctx context.Context, hash account.Hash) (account.User, error) {
	db := a.s.db.WithContext(ctx)
	var rows []struct {
		User    userRow `gorm:"embedded"`
		TokenID int64
		Stale   bool
	}
	err := db.Raw(`SELECT u.*, t.id AS token_id, COALESCE(t.last_used_at < NOW(6) - INTERVAL 1 MINUTE, 1) AS stale
		FROM access_tokens t JOIN users u ON u.id = t.user_id
		WHERE t.token_hash = ? AND t.expires_at > NOW(6) AND u.disabled = 0`, hash[:]).Scan(&rows).Error
	if err != nil {
		return account.User{}, fmt.Errorf("store: read token: %w", err)
	}
	if len(rows) == 0 {
		return account.User{}, fault.New(fault.Unauthenticated, "token_ended", "The token is unknown, expired or deleted.")
	}
	if rows[0].Stale {
		if err := db.Exec("UPDATE access_tokens SET last_used_at = NOW(6) WHERE id = ?", rows[0].TokenID).Error; err != nil {
			return account.User{}, fmt.Errorf("store: note token use: %w", err)
		}
	}
	return rows[0].User.user(), nil
}
