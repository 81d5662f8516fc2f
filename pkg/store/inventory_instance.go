package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/inventory"
)

type instanceRow struct {
	ID                int64
	Name              string
	EnvironmentID     int64
	Host              string
	Port              int
	Flavour           string
	ServerVersion     string
	Fingerprint       string
	TLS               string `gorm:"column:tls"`
	TLSCA             string `gorm:"column:tls_ca"`
	ReadUser          string
	LoadUser          string
	Labels            string
	Owner             string
	WorkerGroup       string
	Disabled          bool
	Version           int
	ConnectionVersion int
	Health            string
	HealthMessage     string
	HealthAt          *time.Time
	HealthMisses      int
	CreatedAt         time.Time
	UpdatedAt         time.Time
	HasRead           bool      `gorm:"->"` // read only: whether there is a sealed password
	HasLoad           bool      `gorm:"->"`
	Limits            limitsRow `gorm:"embedded"`
}

// readOnly are the fields that are not columns of the table.
var readOnly = []string{"HasRead", "HasLoad", "Connections", "MegabytesPerSecond", "ThreadsRunning", "LagSeconds"}

func (instanceRow) TableName() string { return "instances" }

// instanceColumns adds to a row whether its passwords are there, without reading them.
const instanceColumns = `instances.*,
	EXISTS (SELECT 1 FROM instance_secrets s WHERE s.instance_id = instances.id AND s.role = 'read') AS has_read,
	EXISTS (SELECT 1 FROM instance_secrets s WHERE s.instance_id = instances.id AND s.role = 'load') AS has_load, ` + limitsColumns

var errNoInstance = fault.New(fault.NotFound, "instance_not_found", "There is no such instance.")

func (r instanceRow) instance() (inventory.Instance, error) {
	in := inventory.Instance{ID: r.ID, Name: r.Name, EnvironmentID: r.EnvironmentID, Host: r.Host, Port: r.Port,
		Flavour: engine.Flavour(r.Flavour), ServerVersion: r.ServerVersion, Fingerprint: r.Fingerprint,
		TLS: engine.TLSMode(r.TLS), TLSCA: r.TLSCA,
		ReadAccount: inventory.Account{User: r.ReadUser, HasPassword: r.HasRead},
		LoadAccount: inventory.Account{User: r.LoadUser, HasPassword: r.HasLoad},
		Owner:       r.Owner, WorkerGroup: r.WorkerGroup, Disabled: r.Disabled, Version: r.Version,
		ConnectionVersion: r.ConnectionVersion, Health: r.Health, HealthMessage: r.HealthMessage,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, Limits: r.Limits.limits()}
	if r.HealthAt != nil {
		in.HealthAt = *r.HealthAt
	}
	if err := json.Unmarshal([]byte(r.Labels), &in.Labels); err != nil {
		return in, fmt.Errorf("store: labels of instance %d: %w", r.ID, err)
	}
	return in, nil
}

func instanceRowOf(in inventory.Instance) (instanceRow, error) {
	labels, err := labelsText(in.Labels)
	row := instanceRow{ID: in.ID, Name: in.Name, EnvironmentID: in.EnvironmentID, Host: in.Host, Port: in.Port,
		Flavour: string(in.Flavour), ServerVersion: in.ServerVersion, Fingerprint: in.Fingerprint, TLS: string(in.TLS), TLSCA: in.TLSCA,
		ReadUser: in.ReadAccount.User, LoadUser: in.LoadAccount.User, Labels: labels, Owner: in.Owner, WorkerGroup: in.WorkerGroup,
		Disabled: in.Disabled, Version: in.Version, ConnectionVersion: in.ConnectionVersion, Health: in.Health,
		HealthMessage: in.HealthMessage, CreatedAt: in.CreatedAt, UpdatedAt: in.UpdatedAt}
	if !in.HealthAt.IsZero() {
		row.HealthAt = &in.HealthAt
	}
	return row, err
}

// Instances implements inventory.Instances.
func (v *Inventory) Instances(ctx context.Context, f inventory.Filter) ([]inventory.Instance, error) {
	query := v.s.db.WithContext(ctx).Select(instanceColumns).Order("name")
	if f.EnvironmentID != 0 {
		query = query.Where("environment_id = ?", f.EnvironmentID)
	}
	if f.Query != "" {
		pattern := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(f.Query) + "%"
		query = query.Where("(name LIKE ? OR CONVERT(host USING utf8mb4) LIKE ?)", pattern, pattern)
	}
	var rows []instanceRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("store: list instances: %w", err)
	}
	list := make([]inventory.Instance, len(rows))
	for i, row := range rows {
		var err error
		if list[i], err = row.instance(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Instance implements inventory.Instances.
func (v *Inventory) Instance(ctx context.Context, id int64) (inventory.Instance, error) {
	in, _, err := takeInstance(v.s.db.WithContext(ctx), id)
	return in, err
}

func takeInstance(db *gorm.DB, id int64) (in inventory.Instance, misses int, err error) {
	var row instanceRow
	err = db.Select(instanceColumns).Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return in, 0, errNoInstance
	} else if err != nil {
		return in, 0, fmt.Errorf("store: read instance: %w", err)
	}
	in, err = row.instance()
	return in, row.HealthMisses, err
}

func lockInstance(tx *gorm.DB, id int64, version int) (inventory.Instance, int, error) {
	in, misses, err := takeInstance(tx.Clauses(clause.Locking{Strength: "UPDATE"}), id)
	if err == nil && version != 0 && in.Version != version {
		err = errVersionConflict
	}
	return in, misses, err
}

// Connection implements inventory.Instances. One statement reads the address and the passwords bound to it, so that they
// belong together.
func (v *Inventory) Connection(ctx context.Context, id int64) (inventory.Connection, error) {
	var rows []struct {
		Instance   instanceRow `gorm:"embedded"`
		ReadSealed []byte
		LoadSealed []byte
	}
	db := v.s.db.WithContext(ctx)
	err := db.Raw("SELECT "+instanceColumns+`,
		(SELECT ciphertext FROM instance_secrets s WHERE s.instance_id = instances.id AND s.role = 'read') AS read_sealed,
		(SELECT ciphertext FROM instance_secrets s WHERE s.instance_id = instances.id AND s.role = 'load') AS load_sealed
		FROM instances WHERE id = ?`, id).Scan(&rows).Error
	if err != nil {
		return inventory.Connection{}, fmt.Errorf("store: read connection: %w", err)
	}
	if len(rows) == 0 {
		return inventory.Connection{}, errNoInstance
	}
	c := inventory.Connection{Sealed: map[inventory.Role][]byte{inventory.Read: rows[0].ReadSealed, inventory.Load: rows[0].LoadSealed}}
	if c.Instance, err = rows[0].Instance.instance(); err != nil {
		return inventory.Connection{}, err
	}
	c.Environment, err = takeEnvironment(db, c.Instance.EnvironmentID)
	return c, err
}

// CreateInstance implements inventory.Instances.
func (v *Inventory) CreateInstance(ctx context.Context, in inventory.Instance, change func(in inventory.Instance) (inventory.Change, error)) (inventory.Instance, error) {
	var created inventory.Instance
	err := v.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		row, err := instanceRowOf(in)
		if err != nil {
			return err
		}
		row.ID, row.CreatedAt, row.UpdatedAt = 0, now, now
		if err := tx.Omit(readOnly...).Create(&row).Error; err != nil {
			return named(err)
		}
		if err := saveLimits(tx, row.ID, in.Limits); err != nil {
			return err
		}
		created = in
		created.ID, created.CreatedAt, created.UpdatedAt = row.ID, now, now
		c, err := change(created)
		if err != nil {
			return err
		}
		return addInstanceChange(tx, now, row.ID, c)
	})
	return created, err
}

// UpdateInstance implements inventory.Instances.
func (v *Inventory) UpdateInstance(ctx context.Context, id int64, version int, fn func(in *inventory.Instance) (inventory.Change, error)) (inventory.Instance, error) {
	var updated inventory.Instance
	err := v.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		in, misses, err := lockInstance(tx, id, version)
		if err != nil {
			return err
		}
		change, err := fn(&in)
		if err != nil {
			return err
		}
		in.Version++
		in.UpdatedAt = now
		if in.Health == inventory.HealthUnknown {
			misses = 0
		}
		if err := saveInstance(tx, in, misses); err != nil {
			return err
		}
		if err := saveLimits(tx, id, in.Limits); err != nil {
			return err
		}
		updated = in
		return addInstanceChange(tx, now, id, change)
	})
	return updated, err
}

func saveInstance(tx *gorm.DB, in inventory.Instance, misses int) error {
	row, err := instanceRowOf(in)
	if err != nil {
		return err
	}
	row.HealthMisses = misses
	if err := tx.Select("*").Omit(readOnly...).Updates(&row).Error; err != nil {
		return named(err)
	}
	return nil
}

func addInstanceChange(tx *gorm.DB, now time.Time, id int64, c inventory.Change) error {
	for role, sealed := range c.Sealed {
		var err error
		if sealed == nil {
			err = tx.Exec("DELETE FROM instance_secrets WHERE instance_id = ? AND role = ?", id, string(role)).Error
		} else {
			err = tx.Exec("REPLACE INTO instance_secrets (instance_id, role, ciphertext, updated_at) VALUES (?, ?, ?, ?)",
				id, string(role), sealed, now).Error
		}
		if err != nil {
			return fmt.Errorf("store: save sealed password: %w", err)
		}
	}
	return addInventoryChange(tx, now, c)
}

// DeleteInstance implements inventory.Instances. A ticket submitted at the same moment keeps the id of a server that is
// gone; its preflight says so.
func (v *Inventory) DeleteInstance(ctx context.Context, id int64, version int, change func(in inventory.Instance) inventory.Change) error {
	return v.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		in, _, err := lockInstance(tx, id, version)
		if err != nil {
			return err
		}
		var used bool
		err = tx.Raw("SELECT EXISTS (SELECT 1 FROM tickets WHERE source_instance_id = ?) OR EXISTS (SELECT 1 FROM tickets WHERE target_instance_id = ?)", id, id).
			Scan(&used).Error
		if err != nil {
			return fmt.Errorf("store: look for tickets of instance: %w", err)
		}
		if used {
			return fault.New(fault.Conflict, "in_use", "Tickets name this instance, and their history stays. Disable it instead.")
		}
		if err := tx.Exec("DELETE FROM instances WHERE id = ?", id).Error; err != nil {
			return fmt.Errorf("store: delete instance: %w", err)
		}
		return addInventoryChange(tx, now, change(in))
	})
}

// ClaimProbes implements inventory.Health.
func (v *Inventory) ClaimProbes(ctx context.Context, every time.Duration) ([]int64, error) {
	db := v.s.db.WithContext(ctx)
	now, err := dbNow(db)
	if err != nil {
		return nil, err
	}
	const due = "disabled = 0 AND (health_at IS NULL OR health_at <= ?)"
	before := now.Add(-every)
	var candidates, mine []int64
	if err := db.Table("instances").Where(due, before).Order("id").Pluck("id", &candidates).Error; err != nil {
		return nil, fmt.Errorf("store: look for due probes: %w", err)
	}
	for _, id := range candidates {
		claimed := db.Exec("UPDATE instances SET health_at = ? WHERE id = ? AND "+due, now, id, before)
		if claimed.Error != nil {
			return nil, fmt.Errorf("store: claim probe: %w", asFault(claimed.Error))
		}
		if claimed.RowsAffected == 1 {
			mine = append(mine, id)
		}
	}
	return mine, nil
}

// SaveHealth implements inventory.Health.
func (v *Inventory) SaveHealth(ctx context.Context, id int64, connectionVersion int, fn func(in *inventory.Instance, misses *int) *event.Event) error {
	return v.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		in, misses, err := lockInstance(tx, id, 0)
		if errors.Is(err, errNoInstance) || err == nil && in.ConnectionVersion != connectionVersion {
			return nil // deleted or moved: what was seen says nothing about it
		} else if err != nil {
			return err
		}
		happened := fn(&in, &misses)
		in.HealthAt = now
		if err := saveInstance(tx, in, misses); err != nil {
			return err
		}
		if happened == nil {
			return nil
		}
		return addEvent(tx, now, *happened)
	})
}
