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

// lockWait is how many seconds a run waits for the user lock: a server frees that of a session a moment after its end.
const lockWait = 5

// takeLock takes the user lock on a session that is kept for the whole run.
func takeLock(ctx context.Context, target *sql.DB, sessions *registry, database string) (*sql.Conn, error) {
	conn, err := session(ctx, target, sessions.target)
	if err != nil {
		return nil, err
	}
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", lockName(database), lockWait).Scan(&got); err != nil {
		discard(conn)
		return nil, err
	}
	if got.Int64 != 1 {
		var holder sql.NullInt64
		err := conn.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?)", lockName(database)).Scan(&holder)
		discard(conn)
		return nil, fault.Wrap(err, fault.Conflict, "target_busy",
			"Another copy into database %q is running on this server, or was cut off and its session has not ended yet: it is session %d.", database, holder.Int64)
	}
	return conn, nil
}

// stillLocked proves that the lock was not lost with its session.
func stillLocked(ctx context.Context, lock *sql.Conn, database string) error {
	var mine sql.NullBool
	err := lock.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?) = CONNECTION_ID()", lockName(database)).Scan(&mine)
	if err != nil || !mine.Bool {
		return fault.Wrap(err, fault.Conflict, "lock_lost", "The lock on the target database was lost during the run.")
	}
	return nil
}
