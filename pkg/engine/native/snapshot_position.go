package native

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

const positionAttempts = 20

// byPosition is MariaDB's own way without any lock: a snapshot there knows its position in the binary log, and two
// snapshots of the same position are the same. Under constant writes they may never be.
func byPosition(ctx context.Context, s Source, conns []*sql.Conn) (string, error) {
	if !s.MariaDB {
		return "", errUnfit
	}
	if err := logsAll(ctx, conns[0]); err != nil {
		return "", err
	}
	for range positionAttempts {
		if err := begin(ctx, conns); err != nil {
			return "", err
		}
		position, err := samePosition(ctx, conns)
		if err != nil {
			return "", err
		}
		if position != "" {
			return position, nonePrepared(ctx, conns[0])
		}
	}
	return "", errors.New("the source is written to all the time")
}

// samePosition is the position of all snapshots, empty where they have several. All are read twice: while somebody asks for
// the status of the whole server, a session may be shown that of another one.
func samePosition(ctx context.Context, conns []*sql.Conn) (string, error) {
	first := ""
	for i, conn := range slices.Concat(conns, conns) {
		position, err := positionOf(ctx, conn)
		if err != nil || i > 0 && position != first {
			return "", err
		}
		first = position
	}
	return first, nil
}

// nonePrepared makes sure that no transaction has been committed in two steps since the server started: XA COMMIT moves the
// position before its rows are seen. It is asked after the snapshots have begun, so that none was being committed then.
func nonePrepared(ctx context.Context, conn *sql.Conn) error {
	var name, times string
	if err := conn.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Com_xa_commit'").Scan(&name, &times); err != nil {
		return err
	}
	if times != "0" {
		return errors.New("the server commits transactions of others that were prepared (XA)")
	}
	return nil
}

// logsAll makes sure that whatever changes rows moves the position. A replica and a node of a cluster change rows without
// logging them unless they are told to, and so does a server that leaves databases out of its log. To see that takes
// BINLOG MONITOR. A session that turns its own log off (sql_log_bin) is not seen.
func logsAll(ctx context.Context, conn *sql.Conn) error {
	var logging, ofOthers bool
	if err := conn.QueryRowContext(ctx, "SELECT @@log_bin, @@log_slave_updates").Scan(&logging, &ofOthers); err != nil {
		return err
	}
	if !logging {
		return errUnfit
	}
	var file, offset, only, without string
	if err := conn.QueryRowContext(ctx, "SHOW MASTER STATUS").Scan(&file, &offset, &only, &without); err != nil {
		return err
	}
	if only != "" || without != "" {
		return errors.New("the binary log leaves out some databases")
	}
	if ofOthers {
		return nil
	}
	for _, sign := range []string{"STATUS LIKE 'Slaves_running'", "VARIABLES LIKE 'wsrep_on'"} {
		var name, value string
		err := conn.QueryRowContext(ctx, "SHOW GLOBAL "+sign).Scan(&name, &value)
		switch {
		case errors.Is(err, sql.ErrNoRows), err == nil && (value == "0" || value == "OFF"):
		case err != nil:
			return err
		default:
			return errors.New("the server does not log what it replicates")
		}
	}
	return nil
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
