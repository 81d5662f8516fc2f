package engine

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"overmind/pkg/engine/processlist"
)

// crossed says which line of its limits a server has crossed; false = none.
func (l ServerLimits) crossed(ctx context.Context, db *sql.DB, side Text, user string) (Text, bool, error) {
	if l.Threads > 0 {
		running, err := threadsOfOthers(ctx, db, user)
		if err != nil {
			return Text{}, false, err
		}
		if running > l.Threads {
			return Text{EN: fmt.Sprintf("%d statements of others run on the %s; the copy pauses above %d.", running, side.EN, l.Threads),
				ZH: fmt.Sprintf("%s上有 %d 条其他会话的语句正在执行，超过 %d 条时暂停复制。", side.ZH, running, l.Threads)}, true, nil
		}
	}
	if l.LagSeconds > 0 {
		lag, err := ReplicaLag(ctx, db)
		if err != nil {
			return Text{}, false, err
		}
		if lag > int64(l.LagSeconds) {
			return Text{EN: fmt.Sprintf("The %s is %d s behind its own source; the copy pauses above %d s.", side.EN, lag, l.LagSeconds),
				ZH: fmt.Sprintf("%s落后于其主库 %d 秒，超过 %d 秒时暂停复制。", side.ZH, lag, l.LagSeconds)}, true, nil
		}
	}
	return Text{}, false, nil
}

// threadsOfOthers is Threads_running without the sessions of our own account: a session that we let wait with rows for
// us counts as running, and a copy must not hold itself or another one up.
func threadsOfOthers(ctx context.Context, db *sql.DB, user string) (int, error) {
	var name, value string
	if err := db.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Threads_running'").Scan(&name, &value); err != nil {
		return 0, err
	}
	running, err := strconv.Atoi(value)
	if err != nil {
		return 0, fmt.Errorf("read Threads_running: %w", err)
	}
	list, err := processlist.Read(ctx, db)
	if err != nil {
		return 0, err
	}
	for _, p := range list {
		if p.User == user && p.Command != "Sleep" {
			running--
		}
	}
	return max(running, 0), nil
}

// ReplicaLag is how many seconds the server is behind as a replica, over all of its channels (on MariaDB, its named
// connections, which only one of the statements shows); 0 where it is none or its replication stands still, which a pause
// of ours would not change. It needs REPLICATION CLIENT, or REPLICA MONITOR on MariaDB.
func ReplicaLag(ctx context.Context, db *sql.DB) (int64, error) {
	rows, err := db.QueryContext(ctx, "SHOW ALL SLAVES STATUS") // MariaDB
	if ServerSaid(err, 1064) {
		rows, err = db.QueryContext(ctx, "SHOW REPLICA STATUS")
	}
	if ServerSaid(err, 1064) { // before MySQL 8.0.22
		rows, err = db.QueryContext(ctx, "SHOW SLAVE STATUS")
	}
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	var worst int64
	for rows.Next() {
		var lag sql.NullInt64
		targets := make([]any, len(names))
		for i, name := range names {
			targets[i] = new(any)
			if strings.HasPrefix(name, "Seconds_Behind_") {
				targets[i] = &lag
			}
		}
		if err := rows.Scan(targets...); err != nil {
			return 0, err
		}
		worst = max(worst, lag.Int64)
	}
	return worst, rows.Err()
}
