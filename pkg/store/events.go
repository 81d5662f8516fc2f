package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"overmind/pkg/event"
)

// NumberEvents gives the next numbers to committed events that have none, at most limit of them, and returns the last
// number given so far and how many are new. One process at a time holds the relay's row; for any other it does nothing,
// and last is what was visible.
func (s *Store) NumberEvents(ctx context.Context, limit int) (last int64, numbered int, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var values []int64
		if err := tx.Raw("SELECT value FROM leases WHERE name = 'relay' FOR UPDATE SKIP LOCKED").Scan(&values).Error; err != nil {
			return err
		}
		if len(values) == 0 {
			return tx.Raw("SELECT value FROM leases WHERE name = 'relay'").Scan(&last).Error
		}
		last = values[0]
		// Read first, then write by key: a statement that looked for NULLs while writing would wait for every open
		// transaction that has inserted an event.
		var ids []int64
		if err := tx.Raw("SELECT id FROM events WHERE seq IS NULL ORDER BY id LIMIT ?", limit).Scan(&ids).Error; err != nil {
			return err
		}
		if len(ids) == 0 {
			return nil
		}
		update := strings.Builder{}
		update.WriteString("UPDATE events SET seq = CASE id")
		args := make([]any, 0, 2*len(ids)+1)
		for _, id := range ids {
			last++
			update.WriteString(" WHEN ? THEN ?")
			args = append(args, id, last)
		}
		update.WriteString(" END WHERE id IN ? AND seq IS NULL")
		if err := tx.Exec(update.String(), append(args, ids)...).Error; err != nil {
			return err
		}
		numbered = len(ids)
		return tx.Exec("UPDATE leases SET value = ? WHERE name = 'relay'", last).Error
	}, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return 0, 0, fmt.Errorf("store: number events: %w", err)
	}
	return last, numbered, nil
}

// UnnumberedEvents tells whether committed events wait for their number, and which number was the last.
func (s *Store) UnnumberedEvents(ctx context.Context) (waiting bool, last int64, err error) {
	var row struct {
		Waiting bool
		Last    int64
	}
	err = s.db.WithContext(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM events WHERE seq IS NULL) AS waiting,
		(SELECT value FROM leases WHERE name = 'relay') AS last`).Scan(&row).Error
	if err != nil {
		return false, 0, fmt.Errorf("store: look for events: %w", err)
	}
	return row.Waiting, row.Last, nil
}

// EventsAfter returns at most limit events with a number above seq, in the order of their numbers.
func (s *Store) EventsAfter(ctx context.Context, seq int64, limit int) ([]event.Event, error) {
	var rows []eventRow
	if err := shownEvents(s.db.WithContext(ctx)).Where("e.seq > ?", seq).Order("e.seq").Limit(limit).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("store: read events: %w", err)
	}
	events := make([]event.Event, 0, len(rows))
	for _, row := range rows {
		events = append(events, row.event())
	}
	return events, nil
}
