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
	err := endSessions(ctx, s.target, s.user, s.ids)
	if err != nil {
		return nil, &noSession{err}
	}
	s.ids = nil
	s.conn, err = session(ctx, s.target, func(ctx context.Context, id uint64) error {
		s.ids = append(s.ids, id)
		return s.sessions.target(ctx, id)
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
		_, err = conn.ExecContext(ctx, fmt.Sprintf("SET SESSION lock_wait_timeout=%d", int(limit.Seconds())))
	}
	if err == nil {
		err = do(ctx, conn)
	}
	if lost(err) {
		s.giveUp()
	}
	return err
}

// inTurns does what waits for locks for one turn, and gives way for as long to those who wait behind it, until it is done
// or nobody has patience any more; an error that does not pass ends it at once.
func (s *swapper) inTurns(ctx context.Context, passes func(error) bool, do func(context.Context, *sql.Conn) error) error {
	turn := time.Duration(swapLockWait) * time.Second
	for begun := time.Now(); ; {
		err := s.turn(ctx, turn, do)
		if !passes(err) || time.Since(begun) > s.patience {
			return err
		}
		s.log.Warn("the target has to be asked again", "target", s.in.TargetDatabase, "error", err)
		pause := time.Second
		if held(err) {
			pause = turn
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
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
