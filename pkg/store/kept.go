package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/job"
	"overmind/pkg/ticket"
)

// dropRetry is how long a drop that failed waits for its next try.
const dropRetry = 10 * time.Minute

type keptRow struct {
	ID           int64
	TicketID     int64
	Kind         string
	InstanceID   int64
	Fingerprint  string
	SchemaName   string
	DatabaseName string
	Names        string
	State        string
	DueAt        time.Time
	Owner        string
	Failure      string
	CreatedAt    time.Time `gorm:"autoCreateTime:false"`
}

func (keptRow) TableName() string { return "kept_schemas" }

func (s *Store) keepSchema(tx *gorm.DB, now time.Time, t ticket.Ticket, k job.Kept, intent string) error {
	names, err := json.Marshal(k.Names)
	if err != nil {
		return fmt.Errorf("store: encode kept names: %w", err)
	}
	row := keptRow{TicketID: t.ID, Kind: t.Kind, InstanceID: k.InstanceID, Fingerprint: k.Fingerprint, SchemaName: k.Schema,
		DatabaseName: k.Database, Names: string(names), State: "kept", DueAt: now.Add(s.keepOld), CreatedAt: now}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("store: keep schema: %w", err)
	}
	return addSwap(tx, row.ID, k, intent)
}

// ExpiredKept implements job.KeptStore.
func (s *Store) ExpiredKept(ctx context.Context, owner string, lease time.Duration) (x job.Expired, ok bool, err error) {
	err = s.transact(ctx, func(tx *gorm.DB, _ time.Time) error {
		x, ok = job.Expired{}, false
		// The same section as claims: a drop must not begin beside a run on the same target.
		if err := holdLease(tx, "claim"); err != nil {
			return err
		}
		var rows []keptRow
		err := tx.Raw(`SELECT k.* FROM kept_schemas k WHERE k.state IN ('kept', 'dropping') AND k.due_at < NOW(6) AND NOT EXISTS
			(SELECT 1 FROM job_locks l WHERE l.lock_key = CONCAT(k.fingerprint, '/', k.database_name) AND l.job_id <> -k.id)
			ORDER BY k.due_at LIMIT 1`).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		row := rows[0]
		kept := job.Kept{InstanceID: row.InstanceID, Fingerprint: row.Fingerprint, Schema: row.SchemaName, Database: row.DatabaseName}
		if err := json.Unmarshal([]byte(row.Names), &kept.Names); err != nil {
			return fmt.Errorf("store: decode kept names: %w", err)
		}
		if _, err := takeLocks(tx, -row.ID, []ticket.Lock{{Key: row.Fingerprint + "/" + row.DatabaseName, Exclusive: true}}); err != nil {
			return err
		}
		x, ok = job.Expired{ID: row.ID, Kind: row.Kind, Kept: kept}, true
		return onlyOne(tx.Exec(`UPDATE kept_schemas SET state = 'dropping', owner = ?, due_at = NOW(6) + INTERVAL ? MICROSECOND
			WHERE id = ? AND state = ?`, owner, lease.Microseconds(), row.ID, row.State), leaseLost())
	})
	if err != nil {
		return job.Expired{}, false, fmt.Errorf("store: find an expired schema: %w", err)
	}
	return x, ok, nil
}

// FinishKept implements job.KeptStore. A drop that failed has begun, so what is left can no longer be undone.
func (s *Store) FinishKept(ctx context.Context, id int64, owner, failure string) error {
	var tickets []int64
	err := s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		tickets = nil
		result := tx.Exec(`UPDATE kept_schemas SET due_at = IF(? = '', due_at, NOW(6) + INTERVAL ? MICROSECOND), failure = ?, owner = '',
			dropped_at = IF(? = '', NOW(6), NULL), state = IF(? = '', 'dropped', state) WHERE id = ? AND owner = ? AND state = 'dropping'`,
			failure, dropRetry.Microseconds(), failure, failure, failure, id, owner)
		if err := onlyOne(result, leaseLost()); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM job_locks WHERE job_id = ?", -id).Error; err != nil {
			return fmt.Errorf("store: give locks back: %w", err)
		}
		err := tx.Exec("DELETE s FROM swaps s JOIN kept_schemas k ON k.id = s.kept_id WHERE k.id = ? AND k.state = 'dropped'", id).Error
		if err != nil {
			return fmt.Errorf("store: forget swap: %w", err)
		}
		return tx.Raw("SELECT ticket_id FROM kept_schemas WHERE id = ?", id).Scan(&tickets).Error
	})
	for _, id := range tickets {
		s.wakeWaiting(ctx, id)
	}
	return err
}
