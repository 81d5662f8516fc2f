package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// session is the one on which a swapper does and asks everything. Where it was lost, the server may still be at its last
// statement: the next one is only opened when the server has ended it.
func (s *swapper) session(ctx context.Context) (*sql.Conn, error) {
	if s.conn != nil {
		return s.conn, nil
	}
	err := endSessions(ctx, s.target, s.user, s.opened)
	if err != nil {
		return nil, &noSession{err}
	}
	s.opened = nil
	s.conn, err = session(ctx, s.target, func(ctx context.Context, opened Session) error {
		s.opened = append(s.opened, opened)
		return s.sessions.target(ctx, opened)
	})
	if err != nil {
		return nil, &noSession{err}
	}
	return s.conn, nil
}

// noSession says why the server, or whoever keeps a list of its sessions, gave none.
type noSession struct{ cause error }

func (n *noSession) Error() string { return fmt.Sprintf("no session on the target: %v", n.cause) }
func (n *noSession) Unwrap() error { return n.cause }

// giveUp closes the session, if there is one.
func (s *swapper) giveUp() {
	if s.conn != nil {
		discard(s.conn)
		s.conn = nil
	}
}

// turn does something on the session that waits for locks no longer than limit.
func (s *swapper) turn(ctx context.Context, limit time.Duration, do func(context.Context, *sql.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.in.swapLimit())
	defer cancel()
	conn, err := s.session(ctx)
	if err == nil {
		err = waitForLocks(ctx, conn, limit)
	}
	if err == nil {
		err = do(ctx, conn)
	}
	if lost(err) {
		s.giveUp()
	}
	return err
}

func waitForLocks(ctx context.Context, conn *sql.Conn, limit time.Duration) error {
	_, err := conn.ExecContext(ctx, fmt.Sprintf("SET SESSION lock_wait_timeout=%d", int(limit.Seconds())))
	return err
}

// inTurns does what waits for locks in turns, on the session.
func (s *swapper) inTurns(ctx context.Context, passes func(error) bool, do func(context.Context, *sql.Conn) error) error {
	return s.patiently(ctx, s.in.TargetDatabase, passes, func() error { return s.turn(ctx, swapTurn, do) })
}

// inTurns does what waits for locks in turns, on a session that waits longer for others.
func (r *run) inTurns(ctx context.Context, conn *sql.Conn, statement string) error {
	if err := waitForLocks(ctx, conn, swapTurn); err != nil {
		return err
	}
	err := r.patiently(ctx, r.spec.TargetDatabase, held, func() error {
		_, err := conn.ExecContext(ctx, statement)
		return err
	})
	if err != nil {
		return err
	}
	return waitForLocks(ctx, conn, lockPatience)
}

// patiently does what waits for locks for one turn, and gives way for as long to those who wait behind it, until it is
// done or nobody has patience any more; an error that does not pass ends it at once.
func (e *Engine) patiently(ctx context.Context, target string, passes func(error) bool, do func() error) error {
	for begun := time.Now(); ; {
		err := do()
		if !passes(err) || time.Since(begun) > e.patience {
			return err
		}
		e.log.Warn("the target has to be asked again", "target", target, "error", err)
		pause := time.Second
		if held(err) {
			pause = swapTurn
		}
		if sleep(ctx, pause) != nil {
			return err
		}
	}
}

// held tells whether somebody holds what is to be changed.
func held(err error) bool { return ServerSaid(err, 1205) }

// passing tells whether the same may be done a moment later.
func passing(err error) bool {
	var none *noSession
	return held(err) || lost(err) || errors.As(err, &none) || ServerSaid(err, 1213, 1040, 1203, 1226)
}
