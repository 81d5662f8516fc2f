package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// How long rows are kept that nobody needs for ever. Tickets with their histories and the audit trail stay.
const (
	keepKeys     = 48 * time.Hour      // a client that tries again does so within a day
	keepEvents   = 90 * 24 * time.Hour // those of no ticket; the audit trail says the same
	keepMessages = 90 * 24 * time.Hour // as rows of their own
	pruneBatch   = 1000
)

// Pruned is how many rows have gone.
type Pruned struct{ Keys, Events, Messages int64 }

// Prune lets old rows go, a batch a transaction. Any number of processes may do it at once.
func (s *Store) Prune(ctx context.Context) (p Pruned, err error) {
	for _, part := range []struct {
		gone *int64
		one  func(context.Context) (int64, bool, error)
	}{{&p.Keys, s.pruneKeys}, {&p.Events, s.pruneEvents}, {&p.Messages, s.Notifications().pruner()}} {
		for more := true; more; {
			var gone int64
			if gone, more, err = part.one(ctx); err != nil {
				return p, fmt.Errorf("store: prune: %w", err)
			}
			*part.gone += gone
		}
	}
	return p, nil
}

func (s *Store) pruneKeys(ctx context.Context) (gone int64, more bool, err error) {
	return batchOf(s.db.WithContext(ctx).Exec("DELETE FROM idempotency_keys WHERE created_at < NOW(6) - INTERVAL ? SECOND ORDER BY created_at LIMIT ?",
		int64(keepKeys.Seconds()), pruneBatch))
}

// pruneEvents keeps what a reader of the log has not seen. Those of tickets are their histories.
func (s *Store) pruneEvents(ctx context.Context) (gone int64, more bool, err error) {
	var read int64
	if err := s.db.WithContext(ctx).Raw("SELECT MIN(value) FROM leases WHERE name IN ('notify', 'statistics')").Scan(&read).Error; err != nil {
		return 0, false, err
	}
	return batchOf(s.db.WithContext(ctx).Exec(`DELETE FROM events WHERE (aggregate < 'ticket' OR aggregate > 'ticket')
		AND at < NOW(6) - INTERVAL ? SECOND AND seq <= ? LIMIT ?`, int64(keepEvents.Seconds()), read, pruneBatch))
}

func batchOf(result *gorm.DB) (gone int64, more bool, err error) {
	return result.RowsAffected, result.RowsAffected == pruneBatch, result.Error
}
