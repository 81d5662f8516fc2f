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

type viewOfUser struct {
	ID        int64
	UserID    int64
	Name      string
	Query     string
	CreatedAt time.Time
}

func (viewOfUser) TableName() string { return "saved_views" }

// Views implements account.Views.
func (a *Accounts) Views(ctx context.Context, userID int64) ([]account.View, error) {
	var rows []viewOfUser
	if err := a.s.db.WithContext(ctx).Where("user_id = ?", userID).Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("store: list views: %w", err)
	}
	views := make([]account.View, len(rows))
	for i, row := range rows {
		views[i] = account.View(row)
	}
	return views, nil
}

// SaveView implements account.Views.
func (a *Accounts) SaveView(ctx context.Context, v account.View, limit int) (account.View, error) {
	var row viewOfUser
	err := a.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		if _, err := takeUser(tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", v.UserID)); err != nil {
			return err
		}
		var others int64
		if err := tx.Model(&viewOfUser{}).Where("user_id = ? AND name <> ?", v.UserID, v.Name).Count(&others).Error; err != nil {
			return fmt.Errorf("store: count views: %w", err)
		}
		if others >= int64(limit) {
			return fault.New(fault.Conflict, "too_many_views", "You have %d views; delete one that you no longer use.", others)
		}
		err := tx.Exec(`INSERT INTO saved_views (user_id, name, query, created_at) VALUES (?, ?, ?, ?)
			ON DUPLICATE KEY UPDATE query = ?`, v.UserID, v.Name, v.Query, now, v.Query).Error
		if err != nil {
			return fmt.Errorf("store: save view: %w", err)
		}
		return tx.Where("user_id = ? AND name = ?", v.UserID, v.Name).Take(&row).Error
	})
	return account.View(row), err
}

// DeleteView implements account.Views.
func (a *Accounts) DeleteView(ctx context.Context, userID, id int64) error {
	return onlyOne(a.s.db.WithContext(ctx).Exec("DELETE FROM saved_views WHERE id = ? AND user_id = ?", id, userID),
		fault.New(fault.NotFound, "view_not_found", "There is no such view."))
}
