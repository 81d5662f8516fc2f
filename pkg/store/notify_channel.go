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
	"overmind/pkg/notify"
)

// Notifications implements notify.Store.
type Notifications struct{ s *Store }

// Notifications keeps channels and messages in this database.
func (s *Store) Notifications() *Notifications { return &Notifications{s} }

type channelRow struct {
	ID            int64
	Name          string
	Kind          string
	Language      string
	Settings      string
	Rule          string
	Paused        bool
	Version       int
	PacedUntil    time.Time
	ResumeAt      *time.Time
	Failures      int
	LastSuccessAt *time.Time
	LastErrorAt   *time.Time
	LastError     string
	CreatedAt     time.Time
	UpdatedAt     time.Time
	HasURL        bool  `gorm:"->"` // read only, as the ones below: what other tables say
	HasSecret     bool  `gorm:"->"`
	Queued        int64 `gorm:"->"`
	Dead          int64 `gorm:"->"`
}

func (channelRow) TableName() string { return "channels" }

const (
	channelColumns = `channels.*,
		EXISTS (SELECT 1 FROM channel_secrets s WHERE s.channel_id = channels.id AND s.field = 'url') AS has_url,
		EXISTS (SELECT 1 FROM channel_secrets s WHERE s.channel_id = channels.id AND s.field = 'secret') AS has_secret`
	channelHealth = `,
		(SELECT COUNT(*) FROM deliveries d WHERE d.channel_id = channels.id AND d.state = 'queued') AS queued,
		(SELECT COUNT(*) FROM deliveries d WHERE d.channel_id = channels.id AND d.state = 'dead') AS dead`
)

var errNoChannel = fault.New(fault.NotFound, "channel_not_found", "There is no such channel.")

func (r channelRow) channel() (notify.Channel, error) {
	c := notify.Channel{ID: r.ID, Name: r.Name, Kind: notify.Kind(r.Kind), Language: r.Language, Paused: r.Paused, HasURL: r.HasURL,
		HasSecret: r.HasSecret, Version: r.Version, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		Health: notify.Health{LastSuccessAt: timeOrZero(r.LastSuccessAt), LastErrorAt: timeOrZero(r.LastErrorAt), LastError: r.LastError,
			Failures: r.Failures, ResumeAt: timeOrZero(r.ResumeAt), Queued: r.Queued, Dead: r.Dead}}
	err := errors.Join(json.Unmarshal([]byte(r.Settings), &c.Settings), json.Unmarshal([]byte(r.Rule), &c.Rule))
	if err != nil {
		return c, fmt.Errorf("store: channel %d: %w", r.ID, err)
	}
	return c, nil
}

func timeOrZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// Channels implements notify.Channels.
func (n *Notifications) Channels(ctx context.Context) ([]notify.Channel, error) {
	return channelsOf(n.s.db.WithContext(ctx).Select(channelColumns + channelHealth).Order("name"))
}

func channelsOf(query *gorm.DB) ([]notify.Channel, error) {
	var rows []channelRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("store: list channels: %w", err)
	}
	list := make([]notify.Channel, len(rows))
	for i, row := range rows {
		var err error
		if list[i], err = row.channel(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Channel implements notify.Channels.
func (n *Notifications) Channel(ctx context.Context, id int64) (notify.Channel, error) {
	return takeChannel(n.s.db.WithContext(ctx).Select(channelColumns+channelHealth), id)
}

func takeChannel(query *gorm.DB, id int64) (notify.Channel, error) {
	var row channelRow
	if err := query.Where("id = ?", id).Take(&row).Error; errors.Is(err, gorm.ErrRecordNotFound) {
		return notify.Channel{}, errNoChannel
	} else if err != nil {
		return notify.Channel{}, fmt.Errorf("store: read channel: %w", err)
	}
	return row.channel()
}

// Sealed implements notify.Channels. One statement reads the channel and its secrets, so that they belong together.
func (n *Notifications) Sealed(ctx context.Context, id int64) (notify.Channel, map[notify.Field][]byte, error) {
	var rows []struct {
		Channel      channelRow `gorm:"embedded"`
		URLSealed    []byte     `gorm:"column:url_sealed"`
		SecretSealed []byte
	}
	err := n.s.db.WithContext(ctx).Raw("SELECT "+channelColumns+`,
		(SELECT ciphertext FROM channel_secrets s WHERE s.channel_id = channels.id AND s.field = 'url') AS url_sealed,
		(SELECT ciphertext FROM channel_secrets s WHERE s.channel_id = channels.id AND s.field = 'secret') AS secret_sealed
		FROM channels WHERE id = ?`, id).Scan(&rows).Error
	if err != nil {
		return notify.Channel{}, nil, fmt.Errorf("store: read channel: %w", err)
	}
	if len(rows) == 0 {
		return notify.Channel{}, nil, errNoChannel
	}
	c, err := rows[0].Channel.channel()
	return c, map[notify.Field][]byte{notify.FieldURL: rows[0].URLSealed, notify.FieldSecret: rows[0].SecretSealed}, err
}

// CreateChannel implements notify.Channels.
func (n *Notifications) CreateChannel(ctx context.Context, c notify.Channel, change func(c notify.Channel) (notify.Change, error)) (notify.Channel, error) {
	var created notify.Channel
	err := n.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		row, err := channelContent(c, now)
		if err != nil {
			return err
		}
		row.PacedUntil, row.CreatedAt = now, now
		if err := tx.Create(&row).Error; err != nil {
			return named(err)
		}
		created = c
		created.ID, created.CreatedAt, created.UpdatedAt = row.ID, now, now
		written, err := change(created)
		if err != nil {
			return err
		}
		return addChannelChange(tx, now, created.ID, written)
	})
	return created, err
}

// channelContent is the part of a row that people decide about.
func channelContent(c notify.Channel, now time.Time) (channelRow, error) {
	settings, err := json.Marshal(c.Settings)
	if err != nil {
		return channelRow{}, fmt.Errorf("store: encode channel: %w", err)
	}
	rule, err := json.Marshal(c.Rule)
	if err != nil {
		return channelRow{}, fmt.Errorf("store: encode channel: %w", err)
	}
	return channelRow{Name: c.Name, Kind: string(c.Kind), Language: c.Language, Settings: string(settings), Rule: string(rule),
		Paused: c.Paused, Version: c.Version, UpdatedAt: now}, nil
}

// UpdateChannel implements notify.Channels. A changed channel is tried at once, whatever failed before.
func (n *Notifications) UpdateChannel(ctx context.Context, id int64, version int, fn func(c *notify.Channel) (notify.Change, error)) (notify.Channel, error) {
	err := n.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		c, err := lockChannel(tx, id, version)
		if err != nil {
			return err
		}
		change, err := fn(&c)
		if err != nil {
			return err
		}
		c.Version++
		row, err := channelContent(c, now)
		if err != nil {
			return err
		}
		err = tx.Model(&channelRow{}).Where("id = ?", id).
			Select("name", "language", "settings", "rule", "paused", "version", "updated_at", "resume_at", "failures").Updates(row).Error
		if err != nil {
			return named(err)
		}
		err = tx.Exec("UPDATE deliveries SET next_at = ? WHERE channel_id = ? AND state = 'queued' AND next_at > ?", now, id, now).Error
		if err != nil {
			return fmt.Errorf("store: wake messages: %w", err)
		}
		return addChannelChange(tx, now, id, change)
	})
	if err != nil {
		return notify.Channel{}, err
	}
	return n.Channel(ctx, id)
}

func lockedChannel(tx *gorm.DB, id int64) (notify.Channel, error) {
	return takeChannel(tx.Clauses(clause.Locking{Strength: "UPDATE"}).Select(channelColumns), id)
}

func lockChannel(tx *gorm.DB, id int64, version int) (notify.Channel, error) {
	c, err := lockedChannel(tx, id)
	if err == nil && c.Version != version {
		err = errVersionConflict
	}
	return c, err
}

// DeleteChannel implements notify.Channels.
func (n *Notifications) DeleteChannel(ctx context.Context, id int64, version int, change func(c notify.Channel) notify.Change) error {
	return n.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		c, err := lockChannel(tx, id, version)
		if err != nil {
			return err
		}
		err = tx.Exec(`UPDATE deliveries SET state = 'dead', error = 'the channel was deleted', lease_until = NULL, settled_at = ?
			WHERE channel_id = ? AND state = 'queued'`, now, id).Error
		if err != nil {
			return fmt.Errorf("store: give messages up: %w", err)
		}
		if err := tx.Exec("DELETE FROM channels WHERE id = ?", id).Error; err != nil {
			return fmt.Errorf("store: delete channel: %w", err)
		}
		return addChannelChange(tx, now, id, change(c))
	})
}

func addChannelChange(tx *gorm.DB, now time.Time, id int64, c notify.Change) error {
	for field, sealed := range c.Sealed {
		var err error
		if sealed == nil {
			err = tx.Exec("DELETE FROM channel_secrets WHERE channel_id = ? AND field = ?", id, string(field)).Error
		} else {
			err = tx.Exec("REPLACE INTO channel_secrets (channel_id, field, ciphertext, updated_at) VALUES (?, ?, ?, ?)",
				id, string(field), sealed, now).Error
		}
		if err != nil {
			return fmt.Errorf("store: save a channel's secret: %w", err)
		}
	}
	if err := addEvent(tx, now, c.Event); err != nil {
		return err
	}
	return addAudit(tx, now, c.Audit)
}

// Record implements notify.Messages.
func (n *Notifications) Record(ctx context.Context, audit event.Audit) error {
	return n.s.transact(ctx, func(tx *gorm.DB, now time.Time) error { return addAudit(tx, now, audit) })
}
