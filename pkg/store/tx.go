package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-sql-driver/mysql"
	"gorm.io/gorm"

	"overmind/pkg/fault"
)

// maxTries bounds how often a transaction is repeated after a deadlock. InnoDB has rolled it back, so repeating is the
// documented answer; five in a row means something else is wrong.
const maxTries = 5

// transact runs fn in one transaction and gives it the database's time. After a deadlock fn runs again from the start,
// so it must not keep anything outside of tx between calls.
func (s *Store) transact(ctx context.Context, fn func(tx *gorm.DB, now time.Time) error) error {
	var err error
	for try := 0; try < maxTries; try++ {
		err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			now, err := dbNow(tx)
			if err != nil {
				return err
			}
			return fn(tx, now)
		})
		if !isDeadlock(err) {
			break
		}
	}
	if err == nil {
		s.wakeRelay()
	}
	return asFault(err)
}

func (s *Store) wakeRelay() {
	select {
	case s.committed <- struct{}{}:
	default: // a wake-up is already waiting
	}
}

func dbNow(tx *gorm.DB) (time.Time, error) {
	var now time.Time
	if err := tx.Raw("SELECT NOW(6)").Scan(&now).Error; err != nil {
		return time.Time{}, fmt.Errorf("store: read the time: %w", err)
	}
	return now.UTC(), nil
}

const (
	errDeadlock    = 1213
	errLockTimeout = 1205
)

func isDeadlock(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && e.Number == errDeadlock
}

// asFault names the failures a caller can do something about; everything else stays an internal error.
func asFault(err error) error {
	var e *mysql.MySQLError
	if errors.As(err, &e) && (e.Number == errDeadlock || e.Number == errLockTimeout) {
		return fault.Wrap(err, fault.Unavailable, "database_busy", "The database is busy; try again.")
	}
	return err
}
