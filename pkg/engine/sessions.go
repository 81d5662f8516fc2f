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

func (r *registry) source(ctx context.Context, opened Session) error {
	return r.add(ctx, &r.ids.Source, opened)
}

func (r *registry) target(ctx context.Context, opened Session) error {
	return r.add(ctx, &r.ids.Target, opened)
}

// add reports under the lock: a shorter list must not be stored after a longer one.
func (r *registry) add(ctx context.Context, list *[]Session, opened Session) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, opened)
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

func idsOf(sessions []Session) (ids []uint64) {
	for _, s := range sessions {
		ids = append(ids, s.ID)
	}
	return ids
}

// session opens a session of its own that is known by its id from the start.
func session(ctx context.Context, db *sql.DB, register func(context.Context, Session) error) (*sql.Conn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	opened, err := itself(ctx, conn)
	if err == nil {
		err = register(ctx, opened)
	}
	if err != nil {
		discard(conn)
		return nil, err
	}
	return conn, nil
}

// itself is how the server lists a session.
func itself(ctx context.Context, conn *sql.Conn) (s Session, err error) {
	if err := conn.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&s.ID); err != nil {
		return s, err
	}
	list, err := processlist.Read(ctx, conn)
	for _, p := range list {
		if p.ID == s.ID {
			s.From = p.Host
		}
	}
	return s, err
}

// endSessions kills sessions of the account and waits until the server no longer lists them. Those of the same ids that
// come from elsewhere are others': the server was restarted.
func endSessions(ctx context.Context, db *sql.DB, user string, opened []Session) error {
	if len(opened) == 0 {
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
			ours := func(s Session) bool { return s.ID == p.ID && (s.From == "" || s.From == p.Host) }
			if p.ID == own || p.User != user || !slices.ContainsFunc(opened, ours) {
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
func sessionByPort(ctx context.Context, db *sql.DB, user string, port int, newer uint64) (Session, bool) {
	suffix := fmt.Sprintf(":%d", port)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		list, err := processlist.Read(ctx, db)
		if err != nil {
			return Session{}, false
		}
		for _, p := range list {
			if p.User == user && p.ID > newer && strings.HasSuffix(p.Host, suffix) {
				return Session{ID: p.ID, From: p.Host}, true
			}
		}
		select {
		case <-ctx.Done():
			return Session{}, false
		case <-tick.C:
		}
	}
	return Session{}, false
}
