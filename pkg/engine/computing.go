package engine

import (
	"context"
	"database/sql"
)

// readComputing lists the statements that give a session what generated columns are computed by on the source: the
// settings that its sessions begin with. The target computes these columns, and keys over them, in the same ones. A
// time zone is written as its distance from UTC now: in one that changes the clock no text tells an hour that comes twice.
func readComputing(ctx context.Context, source, target *sql.DB) ([]string, error) {
	from, err := source.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer discard(from)
	to, err := target.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer discard(to)
	if _, err := from.ExecContext(ctx, "SET SESSION time_zone=@@global.time_zone"); err != nil {
		return nil, err
	}
	var statements []string
	for name, value := range map[string]string{
		"time_zone":               "QUOTE(CONCAT(IF(UTC_TIMESTAMP() > NOW(), '-', '+'), TIME_FORMAT(TIMEDIFF(GREATEST(NOW(), UTC_TIMESTAMP()), LEAST(NOW(), UTC_TIMESTAMP())), '%H:%i')))",
		"lc_time_names":           "QUOTE(@@global.lc_time_names)",
		"block_encryption_mode":   "QUOTE(@@global.block_encryption_mode)",
		"div_precision_increment": "@@global.div_precision_increment",
	} {
		var is string
		err := from.QueryRowContext(ctx, "SELECT "+value).Scan(&is)
		set := "SET SESSION " + name + "=" + is
		for _, conn := range []*sql.Conn{from, to} {
			if err == nil {
				_, err = conn.ExecContext(ctx, set)
			}
		}
		switch {
		case ServerSaid(err, 1193, 1231, 1298, 1649): // one of them has no such setting or value
		case err != nil:
			return nil, err
		default:
			statements = append(statements, set)
		}
	}
	return statements, nil
}

// computeAsSource gives a session what readComputing has found.
func (r *run) computeAsSource(ctx context.Context, conn *sql.Conn) error {
	for _, set := range r.computing {
		if _, err := conn.ExecContext(ctx, set); err != nil {
			return err
		}
	}
	return nil
}
