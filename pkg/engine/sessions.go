package engine

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// registry knows every server session of a run, so that all of them can be ended and their end be proved.
type registry struct {
	mu     sync.Mutex
	ids    Sessions
	report func(ctx context.Context, ids Sessions) error
}

func (r *registry) source(ctx context.Context, id uint64) error { return r.add(ctx, &r.ids.Source, id) }
func (r *registry) target(ctx context.Context, id uint64) error { return r.add(ctx, &r.ids.Target, id) }

// add reports under the lock: a shorter list must not be stored after a longer one.
func (r *registry) add(ctx context.Context, list *[]uint64, id uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, id)
	if r.report == nil {
		return nil
	}
	return r.report(ctx, Sessions{Source: slices.Clone(r.ids.Source), Target: slices.Clone(r.ids.Target)})
}

func (r *registry) all() Sessions {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Sessions{Source: slices.Clone(r.ids.Source), Target: slices.Clone(r.ids.Target)}
}

// session opens a session of its own that is known by its id from the start.
func session(ctx context.Context, db *sql.DB, register func(context.Context, uint64) error) (*sql.Conn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var id uint64
	if err := conn.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		discard(conn)
		return nil, err
	}
	if err := register(ctx, id); err != nil {
		discard(conn)
		return nil, err
	}
	return conn, nil
}

// processRow is one session in a server's process list.
type processRow struct {
	id             uint64
	user, host     string
	database       string
	command, state string
	statement      string  // its first 100 characters
	share          float64 // of its statement, on MariaDB where that can tell
	seconds        int64   // since it took up its command
}

// processes lists the sessions the account can see; its own are always among them.
func processes(ctx context.Context, db queryer) ([]processRow, error) {
	rows, err := db.QueryContext(ctx, "SHOW PROCESSLIST")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var list []processRow
	for rows.Next() {
		var p processRow
		var database, command, state, statement sql.NullString
		var share sql.NullFloat64
		var seconds sql.NullInt64
		known := map[string]any{"id": &p.id, "user": &p.user, "host": &p.host, "db": &database, "command": &command, "state": &state,
			"info": &statement, "progress": &share, "time": &seconds}
		targets := make([]any, len(names))
		for i, name := range names {
			if targets[i] = known[strings.ToLower(name)]; targets[i] == nil {
				targets[i] = new(any)
			}
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		p.database, p.command, p.state, p.statement = database.String, command.String, state.String, statement.String
		p.share, p.seconds = share.Float64/100, seconds.Int64
		list = append(list, p)
	}
	return list, rows.Err()
}

// endSessions kills sessions of the account and waits until the server no longer lists them.
func endSessions(ctx context.Context, db *sql.DB, user string, ids []uint64) error {
	if len(ids) == 0 {
		return nil
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var own uint64
	if err := conn.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&own); err != nil {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for first := true; ; first = false {
		list, err := processes(ctx, conn)
		if err != nil {
			return err
		}
		left := 0
		for _, p := range list {
			if p.id == own || p.user != user || !slices.Contains(ids, p.id) {
				continue
			}
			left++
			if first {
				if _, err := conn.ExecContext(ctx, fmt.Sprintf("KILL %d", p.id)); err != nil && !ServerSaid(err, 1094) {
					return err
				}
			}
		}
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d sessions have not ended: %w", left, ctx.Err())
		case <-tick.C:
		}
	}
}

// sessionByPort finds the session of a client program by the local port of its connection. newer is a session that was
// there before. A server behind a port translation shows another port: then nothing is found, which is no error.
func sessionByPort(ctx context.Context, db *sql.DB, user string, port int, newer uint64) (uint64, bool) {
	suffix := fmt.Sprintf(":%d", port)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		list, err := processes(ctx, db)
		if err != nil {
			return 0, false
		}
		for _, p := range list {
			if p.user == user && p.id > newer && strings.HasSuffix(p.host, suffix) {
				return p.id, true
			}
		}
		select {
		case <-ctx.Done():
			return 0, false
		case <-tick.C:
		}
	}
	return 0, false
}
