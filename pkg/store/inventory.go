package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/inventory"
)

// Inventory implements inventory.Store.
type Inventory struct{ s *Store }

// Inventory keeps environments and instances in this database.
func (s *Store) Inventory() *Inventory { return &Inventory{s} }

type environmentRow struct {
	ID                int64
	Name              string
	Color             string
	RankOrder         int
	Protected         bool
	MayBeSource       bool
	MayBeTarget       bool
	AllowSelfApproval bool
	Version           int
}

func (environmentRow) TableName() string { return "environments" }

func (r environmentRow) environment() inventory.Environment {
	return inventory.Environment{ID: r.ID, Name: r.Name, Color: r.Color, Rank: r.RankOrder, Protected: r.Protected,
		MayBeSource: r.MayBeSource, MayBeTarget: r.MayBeTarget, AllowSelfApproval: r.AllowSelfApproval, Version: r.Version}
}

func environmentRowOf(e inventory.Environment) environmentRow {
	return environmentRow{ID: e.ID, Name: e.Name, Color: e.Color, RankOrder: e.Rank, Protected: e.Protected,
		MayBeSource: e.MayBeSource, MayBeTarget: e.MayBeTarget, AllowSelfApproval: e.AllowSelfApproval, Version: e.Version}
}

var (
	errNoEnvironment   = fault.New(fault.NotFound, "environment_not_found", "There is no such environment.")
	errNameTaken       = fault.New(fault.Conflict, "name_taken", "There is one of this name already.")
	errVersionConflict = fault.New(fault.Conflict, "version_conflict", "Somebody else has changed this in the meantime. Load it again.")
)

// Environments implements inventory.Environments.
func (v *Inventory) Environments(ctx context.Context) ([]inventory.Environment, error) {
	var rows []environmentRow
	if err := v.s.db.WithContext(ctx).Order("rank_order DESC, name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("store: list environments: %w", err)
	}
	list := make([]inventory.Environment, len(rows))
	for i, row := range rows {
		list[i] = row.environment()
	}
	return list, nil
}

// Environment implements inventory.Environments.
func (v *Inventory) Environment(ctx context.Context, id int64) (inventory.Environment, error) {
	return takeEnvironment(v.s.db.WithContext(ctx), id)
}

func takeEnvironment(db *gorm.DB, id int64) (inventory.Environment, error) {
	var row environmentRow
	if err := db.Where("id = ?", id).Take(&row).Error; errors.Is(err, gorm.ErrRecordNotFound) {
		return inventory.Environment{}, errNoEnvironment
	} else if err != nil {
		return inventory.Environment{}, fmt.Errorf("store: read environment: %w", err)
	}
	return row.environment(), nil
}

func lockEnvironment(tx *gorm.DB, id int64, version int) (inventory.Environment, error) {
	e, err := takeEnvironment(tx.Clauses(clause.Locking{Strength: "UPDATE"}), id)
	if err == nil && e.Version != version {
		err = errVersionConflict
	}
	return e, err
}

// CreateEnvironment implements inventory.Environments.
func (v *Inventory) CreateEnvironment(ctx context.Context, e inventory.Environment, change func(e inventory.Environment) inventory.Change) (inventory.Environment, error) {
	err := v.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		row := environmentRowOf(e)
		row.ID = 0
		if err := tx.Create(&row).Error; err != nil {
			return named(err)
		}
		e = row.environment()
		return addInventoryChange(tx, now, change(e))
	})
	return e, err
}

// UpdateEnvironment implements inventory.Environments.
func (v *Inventory) UpdateEnvironment(ctx context.Context, id int64, version int, fn func(e *inventory.Environment) (inventory.Change, error)) (inventory.Environment, error) {
	var updated inventory.Environment
	err := v.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		e, err := lockEnvironment(tx, id, version)
		if err != nil {
			return err
		}
		change, err := fn(&e)
		if err != nil {
			return err
		}
		e.Version++
		row := environmentRowOf(e)
		if err := tx.Select("*").Updates(&row).Error; err != nil {
			return named(err)
		}
		updated = e
		return addInventoryChange(tx, now, change)
	})
	return updated, err
}

// DeleteEnvironment implements inventory.Environments.
func (v *Inventory) DeleteEnvironment(ctx context.Context, id int64, version int, change func(e inventory.Environment) inventory.Change) error {
	return v.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		e, err := lockEnvironment(tx, id, version)
		if err != nil {
			return err
		}
		err = tx.Exec("DELETE FROM environments WHERE id = ?", id).Error
		if errors.Is(err, gorm.ErrForeignKeyViolated) {
			return fault.New(fault.Conflict, "in_use", "Instances belong to this environment; move or delete them first.")
		} else if err != nil {
			return fmt.Errorf("store: delete environment: %w", err)
		}
		return addInventoryChange(tx, now, change(e))
	})
}

// named turns a violated constraint into what it means.
func named(err error) error {
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return errNameTaken
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return fault.OnField("environment_id", "unknown_environment", "There is no such environment.")
	}
	return fmt.Errorf("store: save: %w", err)
}

func addInventoryChange(tx *gorm.DB, now time.Time, c inventory.Change) error {
	if err := addEvent(tx, now, c.Event); err != nil {
		return err
	}
	return addAudit(tx, now, c.Audit)
}

// Record implements inventory.Health.
func (v *Inventory) Record(ctx context.Context, audit event.Audit) error {
	return v.s.transact(ctx, func(tx *gorm.DB, now time.Time) error { return addAudit(tx, now, audit) })
}

func labelsText(labels map[string]string) (string, error) {
	if len(labels) == 0 {
		return "{}", nil
	}
	data, err := json.Marshal(labels)
	if err != nil {
		return "", fmt.Errorf("store: encode labels: %w", err)
	}
	return string(data), nil
}
