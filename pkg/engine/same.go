package engine

import (
	"context"
	"crypto/rand"
	"database/sql"
	"strings"
)

// OneServer tells whether both lead to one server. Two addresses can be one server and two servers can have one identity
// (a cloned disk), so it takes a lock on one side and looks for it on the other.
func OneServer(ctx context.Context, source, target *sql.DB) (bool, error) {
	conn, err := source.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	lock := "om_same_" + rand.Text()
	if _, err := conn.ExecContext(ctx, "DO GET_LOCK(?, 0)", lock); err != nil {
		return false, err
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "DO RELEASE_LOCK(?)", lock) }()
	var holder sql.NullInt64
	err = target.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?)", lock).Scan(&holder)
	return holder.Valid, err
}

// OneName tells whether a server takes both for the name of one database.
func OneName(ctx context.Context, server *sql.DB, a, b string) (bool, error) {
	if a == b || !strings.EqualFold(a, b) {
		return a == b, nil
	}
	var caseless bool
	err := server.QueryRowContext(ctx, "SELECT @@lower_case_table_names <> 0").Scan(&caseless)
	return caseless, err
}

// ontoItself tells whether a run would copy a database to where it is.
func (r *run) ontoItself(ctx context.Context) (bool, error) {
	if r.report.Source.Fingerprint != r.report.Target.Fingerprint {
		return false, nil
	}
	one, err := OneName(ctx, r.target, r.spec.SourceDatabase, r.spec.TargetDatabase)
	if err != nil || !one {
		return false, err
	}
	return OneServer(ctx, r.source, r.target)
}
