package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"overmind/pkg/inventory"
	"overmind/pkg/job"
	"overmind/pkg/ticket"
)

// takeSlots gives a job its part of the connections to each instance: as many as it wants and are left, but not fewer
// than it can work with. Otherwise it tells which ticket has to end first. A job that is alone always gets enough.
// Claims go one at a time, so the sums hold.
func takeSlots(tx *gorm.DB, jobID int64, locks []ticket.Lock) (holder int64, err error) {
	if err := tx.Exec("DELETE FROM instance_slots WHERE job_id = ?", jobID).Error; err != nil {
		return 0, fmt.Errorf("store: give connections back: %w", err)
	}
	for _, lock := range locks {
		if lock.InstanceID == 0 {
			continue
		}
		var now struct {
			Most, Taken int
			Holder      int64
		}
		err := tx.Raw(`SELECT COALESCE((SELECT connections FROM instance_limits WHERE instance_id = ?), ?) AS most,
			COALESCE(SUM(s.connections), 0) AS taken, COALESCE(MIN(IF(s.job_id <> ?, j.ticket_id, NULL)), 0) AS holder
			FROM instance_slots s JOIN jobs j ON j.id = s.job_id WHERE s.instance_id = ?`,
			lock.InstanceID, inventory.DefaultLimits.Connections, jobID, lock.InstanceID).Scan(&now).Error
		if err != nil {
			return 0, fmt.Errorf("store: count connections: %w", err)
		}
		free := now.Most - now.Taken
		if free < lock.Least && now.Holder != 0 {
			err := tx.Exec("DELETE FROM instance_slots WHERE job_id = ?", jobID).Error
			return now.Holder, err
		}
		err = tx.Exec("INSERT INTO instance_slots (job_id, side, instance_id, connections) VALUES (?, ?, ?, ?)",
			jobID, lock.Key, lock.InstanceID, max(lock.Least, min(lock.Most, free))).Error
		if err != nil {
			return 0, fmt.Errorf("store: take connections: %w", err)
		}
	}
	return 0, nil
}

// Slots implements job.Store.
func (s *Store) Slots(ctx context.Context, id int64) ([]job.Slot, error) {
	var list []job.Slot
	err := s.db.WithContext(ctx).Raw(`SELECT side, instance_id, connections,
		(SELECT COUNT(DISTINCT o.job_id) FROM instance_slots o WHERE o.instance_id = s.instance_id) AS jobs
		FROM instance_slots s WHERE job_id = ? ORDER BY side`, id).Scan(&list).Error
	if err != nil {
		return nil, fmt.Errorf("store: read connections of job %d: %w", id, err)
	}
	return list, nil
}
