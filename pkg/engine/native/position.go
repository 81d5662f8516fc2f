package native

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// positionNow is where the source's binary log ends, as a set of GTIDs or as file:offset. It is evidence only, so it is
// empty where there is none or the account may not see it. Called while nothing is written, it is that of every snapshot
// begun meanwhile.
func positionNow(ctx context.Context, conn *sql.Conn, mariaDB bool) string {
	gtids, logEnds := "SELECT @@GLOBAL.gtid_executed", []string{"SHOW BINARY LOG STATUS", "SHOW MASTER STATUS"} // before 8.2
	if mariaDB {
		gtids, logEnds = "SELECT @@GLOBAL.gtid_binlog_pos", logEnds[1:]
	}
	var set sql.NullString
	if conn.QueryRowContext(ctx, gtids).Scan(&set) == nil && set.String != "" {
		return strings.ReplaceAll(set.String, "\n", "")
	}
	for _, statement := range logEnds {
		if end, err := logEnd(ctx, conn, statement); err == nil && end != "" {
			return end
		}
	}
	return ""
}

// logEnd reads the first two columns of an answer whose others differ between servers.
func logEnd(ctx context.Context, conn *sql.Conn, statement string) (string, error) {
	rows, err := conn.QueryContext(ctx, statement)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil || !rows.Next() {
		return "", err
	}
	values, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s:%s", values[0].String, values[1].String), rows.Err()
}
