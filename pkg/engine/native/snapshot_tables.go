package native

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// byTableLocks stops writes to the tables for a moment. It needs LOCK TABLES. Without autocommit InnoDB takes part in
// the locks, so that no transaction is half way when the snapshots begin.
func byTableLocks(ctx context.Context, s Source, watch *sql.Conn, open func(context.Context) error) error {
	if _, err := s.Lock.ExecContext(ctx, "SET SESSION autocommit=0"); err != nil {
		return err
	}
	tables := slices.Sorted(slices.Values(s.Tables))
	return under(ctx, s, watch, open, "UNLOCK TABLES", "LOCK TABLES "+strings.Join(tables, " READ, ")+" READ")
}
