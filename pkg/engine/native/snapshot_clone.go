package native

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// byClone is Percona Server's way without any lock: a session takes over the snapshot of another one. A server that can
// do it says so in a variable.
func byClone(ctx context.Context, _ Source, conns []*sql.Conn) (string, error) {
	var name, able string
	err := conns[0].QueryRowContext(ctx, "SHOW GLOBAL VARIABLES LIKE 'have_snapshot_cloning'").Scan(&name, &able)
	if errors.Is(err, sql.ErrNoRows) || err == nil && able != "YES" {
		return "", errUnfit
	}
	if err != nil {
		return "", err
	}
	return "", clone(ctx, conns)
}

// clone begins a snapshot in the first session and gives it to the others.
func clone(ctx context.Context, conns []*sql.Conn) error {
	var id uint64
	if err := conns[0].QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		return err
	}
	if err := begin(ctx, conns[:1]); err != nil {
		return err
	}
	for _, conn := range conns[1:] {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("START TRANSACTION WITH CONSISTENT SNAPSHOT FROM SESSION %d", id)); err != nil {
			return err
		}
	}
	return nil
}
