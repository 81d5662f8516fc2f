package store

import (
	"fmt"

	"gorm.io/gorm"

	"overmind/pkg/inventory"
)

// limitsRow is an instance's limits beside its row; NULL where they were never set.
type limitsRow struct {
	Connections        *int `gorm:"->"`
	MegabytesPerSecond int  `gorm:"->"`
	ThreadsRunning     int  `gorm:"->"`
	LagSeconds         int  `gorm:"->"`
}

const limitsColumns = `(SELECT connections FROM instance_limits l WHERE l.instance_id = instances.id) AS connections,
	COALESCE((SELECT megabytes_per_second FROM instance_limits l WHERE l.instance_id = instances.id), 0) AS megabytes_per_second,
	COALESCE((SELECT threads_running FROM instance_limits l WHERE l.instance_id = instances.id), 0) AS threads_running,
	COALESCE((SELECT lag_seconds FROM instance_limits l WHERE l.instance_id = instances.id), 0) AS lag_seconds`

func (r limitsRow) limits() inventory.Limits {
	if r.Connections == nil {
		return inventory.DefaultLimits
	}
	return inventory.Limits{Connections: *r.Connections, MegabytesPerSecond: r.MegabytesPerSecond, ThreadsRunning: r.ThreadsRunning, LagSeconds: r.LagSeconds}
}

func saveLimits(tx *gorm.DB, id int64, l inventory.Limits) error {
	err := tx.Exec("REPLACE INTO instance_limits (instance_id, connections, megabytes_per_second, threads_running, lag_seconds) VALUES (?, ?, ?, ?, ?)",
		id, l.Connections, l.MegabytesPerSecond, l.ThreadsRunning, l.LagSeconds).Error
	if err != nil {
		return fmt.Errorf("store: save limits: %w", err)
	}
	return nil
}
