package native

import (
	"context"
	"database/sql"
	"errors"
)

const positionAttempts = 20

// byPosition is MariaDB's own way without any lock: a snapshot there knows its position in the binary log, and two
// snapshots of the same position are the same. Under constant writes they may never be.
func byPosition(ctx context.Context, s Source, conns []*sql.Conn) (string, error) {
	if !s.MariaDB {
		return "", errUnfit
	}
	var logging bool
	if err := conns[0].QueryRowContext(ctx, "SELECT @@log_bin").Scan(&logging); err != nil {
		return "", err
	}
	if !logging {
		return "", errUnfit
	}
	for range positionAttempts {
		if err := begin(ctx, conns); err != nil {
			return "", err
		}
		first, same := "", true
		for i, conn := range conns {
			position, err := positionOf(ctx, conn)
			if err != nil {
				return "", err
			}
			if i == 0 {
				first = position
			}
			same = same && position == first
		}
		if same && first != "" {
			return first, nil
		}
	}
	return "", errors.New("the source is written to all the time")
}

// positionOf is the position of the session's snapshot, as file:offset.
func positionOf(ctx context.Context, conn *sql.Conn) (string, error) {
	var name, file, offset string
	if err := conn.QueryRowContext(ctx, "SHOW SESSION STATUS LIKE 'Binlog_snapshot_file'").Scan(&name, &file); err != nil {
		return "", err
	}
	if err := conn.QueryRowContext(ctx, "SHOW SESSION STATUS LIKE 'Binlog_snapshot_position'").Scan(&name, &offset); err != nil {
		return "", err
	}
	if file == "" {
		return "", nil
	}
	return file + ":" + offset, nil
}
