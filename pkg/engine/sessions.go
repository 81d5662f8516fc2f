package engine

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"overmind/pkg/engine/processlist"
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
		list, err := processlist.Read(ctx, conn)
		if err != nil {
			return err
		}
		left := 0
		for _, p := range list {
			if p.ID == own || p.User != user || !slices.Contains(ids, p.ID) {
				continue
			}
			left++
			if first {
				if _, err := conn.ExecContext(ctx, fmt.Sprintf("KILL %d", p.ID)); err != nil && !ServerSaid(err, 1094) {
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
		list, err := processlist.Read(ctx, db)
		if err != nil {
			return 0, false
		}
		for _, p := range list {
			if p.User == user && p.ID > newer && strings.HasSuffix(p.Host, suffix) {
				return p.ID, true
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
