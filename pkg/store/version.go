package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"overmind/pkg/fault"
)

// checkServer refuses servers without SKIP LOCKED and window functions, on which the queue and the relay rest.
func checkServer(ctx context.Context, pool *sql.DB) error {
	var version string
	if err := pool.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		return fault.Wrap(err, fault.Unavailable, "database_unreachable", "The metadata database does not answer.")
	}
	if !supported(version) {
		return fault.New(fault.Unavailable, "database_unsupported",
			"The metadata database is %s; it must be MySQL 8.0.1 or MariaDB 10.6, or newer.", version)
	}
	return nil
}

func supported(version string) bool {
	least := [3]int{8, 0, 1}
	if strings.Contains(strings.ToLower(version), "mariadb") {
		least = [3]int{10, 6, 0}
		// Old replication clients expect a 5.x server, so some MariaDB builds put this in front.
		version = strings.TrimPrefix(version, "5.5.5-")
	}
	var have [3]int
	if n, _ := fmt.Sscanf(version, "%d.%d.%d", &have[0], &have[1], &have[2]); n < 3 {
		return false
	}
	for i := range have {
		if have[i] != least[i] {
			return have[i] > least[i]
		}
	}
	return true
}
