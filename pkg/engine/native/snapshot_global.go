package native

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"overmind/pkg/engine/processlist"
)

// byGlobalLock stops all writes for a moment. It needs RELOAD, or FLUSH_TABLES on MySQL 8. All that use a table queue
// behind it while it waits for a statement, and go on waiting for that statement when it has given up: FLUSH TABLES marks
// the tables before it waits. So it is not asked for while one runs, or where others cannot be seen.
func byGlobalLock(ctx context.Context, s Source, watch *sql.Conn, open func(context.Context) error) error {
	if s.MariaDB {
		return errUnfit // a backup stage does the same and waits for less
	}
	if _, err := s.Lock.ExecContext(ctx, processlist.NeedsProcess); err != nil {
		if said(err, 1227) {
			return errors.New("the account does not see what others do, which takes PROCESS")
		}
		return err
	}
	sessions, err := processlist.Read(ctx, s.Lock)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(sessions, func(p processlist.Session) bool { return p.Busy() && !p.Replicates() && p.Seconds > 0 }) {
		return errors.New("a statement has been running for long")
	}
	return under(ctx, s, watch, open, "UNLOCK TABLES", "FLUSH NO_WRITE_TO_BINLOG TABLES", "FLUSH TABLES WITH READ LOCK")
}
