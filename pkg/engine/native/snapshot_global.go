package native

import (
	"context"
	"database/sql"
	"errors"
)

// byGlobalLock stops all writes for a moment. It needs RELOAD, or FLUSH_TABLES on MySQL 8. All writers queue behind it
// while it waits for a long statement, so it is not asked for while one runs.
func byGlobalLock(ctx context.Context, s Source, watch *sql.Conn, open func(context.Context) error) error {
	if s.MariaDB {
		return errUnfit // a backup stage does the same and waits for less
	}
	var long int
	err := s.Lock.QueryRowContext(ctx, `SELECT COUNT(*) FROM information_schema.PROCESSLIST
		WHERE COMMAND IN ('Query', 'Execute') AND TIME > 1 AND ID <> CONNECTION_ID()`).Scan(&long)
	if err != nil {
		return err
	}
	if long > 0 {
		return errors.New("a statement has been running for long")
	}
	return under(ctx, s, watch, open, "UNLOCK TABLES", "FLUSH NO_WRITE_TO_BINLOG TABLES", "FLUSH TABLES WITH READ LOCK")
}
