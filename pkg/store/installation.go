package store

import (
	"context"
	"fmt"
)

// keyCheck names the check value of the installation's keys.
const keyCheck = "key_check"

// EnsureKeys calls ensure with the check value of the keys that this database was set up with, empty at the first start,
// and keeps the one it returns. One process at a time is in it, and none migrates meanwhile.
func (s *Store) EnsureKeys(ctx context.Context, ensure func(known string) (check string, err error)) error {
	return s.WithInstallationLock(ctx, func(ctx context.Context) error {
		var known []string
		err := s.db.WithContext(ctx).Raw("SELECT value FROM installation WHERE name = ?", keyCheck).Scan(&known).Error
		if err != nil {
			return fmt.Errorf("store: read the key check: %w", err)
		}
		check, err := ensure(append(known, "")[0])
		if err != nil || len(known) > 0 {
			return err
		}
		err = s.db.WithContext(ctx).Exec("INSERT INTO installation (name, value) VALUES (?, ?)", keyCheck, check).Error
		if err != nil {
			return fmt.Errorf("store: keep the key check: %w", err)
		}
		return nil
	})
}
