package store

import (
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

// Accounts implements account.Store.
type Accounts struct{ s *Store }

// Accounts keeps users, sessions and tokens in this database.
func (s *Store) Accounts() *Accounts { return &Accounts{s} }

type userRow struct {
	ID                 int64
	Username           string
	DisplayName        string
	Email              string
	Team               string
	Language           string
	Role               string
	Disabled           bool
	MustChangePassword bool
	PasswordHash       string
	TokenVersion       int
	CreatedAt          time.Time
	UpdatedAt          time.Time
}

func (userRow) TableName() string { return "users" }

func (r userRow) user() account.User {
	return account.User{ID: r.ID, Username: r.Username, DisplayName: r.DisplayName, Email: r.Email, Team: r.Team,
		Language: r.Language, Role: event.Role(r.Role), Disabled: r.Disabled, MustChangePassword: r.MustChangePassword,
		TokenVersion: r.TokenVersion, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
}

func userRowOf(c account.Credentials) userRow {
	u := c.User
	return userRow{ID: u.ID, Username: u.Username, DisplayName: u.DisplayName, Email: u.Email, Team: u.Team,
		Language: u.Language, Role: string(u.Role), Disabled: u.Disabled, MustChangePassword: u.MustChangePassword,
		PasswordHash: c.PasswordHash, TokenVersion: u.TokenVersion, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt}
}

var errNoUser = fault.New(fault.NotFound, "user_not_found", "There is no such user.")

// User implements account.Users.
func (a *Accounts) User(ctx context.Context, id int64) (account.Credentials, error) {
	return takeUser(a.s.db.WithContext(ctx).Where("id = ?", id))
}

// UserByName implements account.Users.
func (a *Accounts) UserByName(ctx context.Context, username string) (account.Credentials, error) {
	return takeUser(a.s.db.WithContext(ctx).Where("username = ?", username))
}

func takeUser(query *gorm.DB) (account.Credentials, error) {
	var row userRow
	if err := query.Take(&row).Error; errors.Is(err, gorm.ErrRecordNotFound) {
		return account.Credentials{}, errNoUser
	} else if err != nil {
		return account.Credentials{}, fmt.Errorf("store: read user: %w", err)
	}
	return account.Credentials{User: row.user(), PasswordHash: row.PasswordHash}, nil
}

// Users implements account.Users.
func (a *Accounts) Users(ctx context.Context) ([]account.User, error) {
	var rows []userRow
	if err := a.s.db.WithContext(ctx).Order("username").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("store: list users: %w", err)
	}
	users := make([]account.User, len(rows))
	for i, row := range rows {
		users[i] = row.user()
	}
	return users, nil
}

// CreateUser implements account.Users.
func (a *Accounts) CreateUser(ctx context.Context, c account.Credentials, onlyFirst bool, change func(u account.User) account.Change) (account.User, error) {
	notFirst := fault.New(fault.Conflict, "not_first", "There are users already.")
	var created account.User
	err := a.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		if onlyFirst {
			var others int64
			if err := tx.Model(&userRow{}).Count(&others).Error; err != nil {
				return fmt.Errorf("store: count users: %w", err)
			}
			if others > 0 {
				return notFirst
			}
		}
		row := userRowOf(c)
		row.CreatedAt, row.UpdatedAt = now, now
		err := tx.Create(&row).Error
		switch {
		case errors.Is(err, gorm.ErrDuplicatedKey) && onlyFirst: // another node was faster
			return notFirst
		case errors.Is(err, gorm.ErrDuplicatedKey):
			return fault.New(fault.Conflict, "username_taken", "There is a user of this name already.")
		case err != nil:
			return fmt.Errorf("store: create user: %w", err)
		}
		created = row.user()
		return addAccountChange(tx, now, change(created))
	})
	return created, err
}

// UpdateUser implements account.Users.
func (a *Accounts) UpdateUser(ctx context.Context, id int64, fn func(c *account.Credentials, otherAdmins int) (account.Change, error)) (account.User, error) {
	var updated account.User
	err := a.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		// Every caller locks the admins first and in one order, so two admins who demote each other wait for one another.
		var admins []int64
		err := tx.Model(&userRow{}).Clauses(clause.Locking{Strength: "UPDATE"}).
			Where("role = ? AND disabled = 0", string(event.RoleAdmin)).Order("id").Pluck("id", &admins).Error
		if err != nil {
			return fmt.Errorf("store: lock admins: %w", err)
		}
		others := 0
		for _, admin := range admins {
			if admin != id {
				others++
			}
		}
		c, err := takeUser(tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id))
		if err != nil {
			return err
		}
		change, err := fn(&c, others)
		if err != nil {
			return err
		}
		c.User.UpdatedAt = now
		row := userRowOf(c)
		if err := tx.Select("*").Updates(&row).Error; err != nil {
			return fmt.Errorf("store: update user: %w", err)
		}
		updated = c.User
		if change.Renews != nil {
			if err := renewAccount(tx, id, *change.Renews); err != nil {
				return err
			}
		}
		return addAccountChange(tx, now, change)
	})
	return updated, err
}

func renewAccount(tx *gorm.DB, id int64, name account.Hash) error {
	if err := tx.Exec("DELETE FROM access_tokens WHERE user_id = ?", id).Error; err != nil {
		return fmt.Errorf("store: delete tokens: %w", err)
	}
	return forgive(tx, name)
}

func addAccountChange(tx *gorm.DB, now time.Time, c account.Change) error {
	if c.Event.Type != "" {
		if err := addEvent(tx, now, c.Event); err != nil {
			return err
		}
	}
	return addAudit(tx, now, c.Audit)
}

// Record implements account.Sessions.
func (a *Accounts) Record(ctx context.Context, audit event.Audit) error {
	return a.s.transact(ctx, func(tx *gorm.DB, now time.Time) error { return addAudit(tx, now, audit) })
}
