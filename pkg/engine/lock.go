package engine

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"strings"

	"overmind/pkg/fault"
)

// lockName is the name of the user lock that serialises copies into one database, whoever runs them.
func lockName(database string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(database)))
	return "overmind:" + hex.EncodeToString(sum[:16])
}

// takeLock takes the user lock on a session that is kept for the whole run.
func (r *run) takeLock(ctx context.Context) error {
	conn, err := session(ctx, r.target, r.sessions.target)
	if err != nil {
		return err
	}
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 0)", lockName(r.spec.TargetDatabase)).Scan(&got); err != nil {
		discard(conn)
		return err
	}
	if got.Int64 != 1 {
		discard(conn)
		return fault.New(fault.Conflict, "target_busy", "Another copy into database %q is running on this server.", r.spec.TargetDatabase)
	}
	r.lock = conn
	return nil
}

// stillLocked proves that the lock was not lost with its session.
func (r *run) stillLocked(ctx context.Context) error {
	var mine sql.NullBool
	err := r.lock.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?) = CONNECTION_ID()", lockName(r.spec.TargetDatabase)).Scan(&mine)
	if err != nil || !mine.Bool {
		return fault.Wrap(err, fault.Conflict, "lock_lost", "The lock on the target database was lost during the copy.")
	}
	return nil
}
