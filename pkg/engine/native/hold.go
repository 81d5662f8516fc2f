package native

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Hold runs open while nothing is written on the source, so that all snapshots begun in it are of one state, and says
// by which lock. watch is a session that ends a lock that is not granted in time. Writers wait for as long as open
// takes: the ctx it gets ends soon, and open has to return then. Where no lock was possible or open did not end in
// time, the error is a *NotHeld; otherwise it is open's own. position is that of the state, as far as it is known.
func Hold(ctx context.Context, s Source, watch *sql.Conn, open func(ctx context.Context) error) (way, position string, err error) {
	var missed []error
	for _, l := range locks {
		began := time.Now()
		var failed error // of open, for a reason of its own
		err := l.hold(ctx, s, watch, func(ctx context.Context) error {
			limited, cancel := context.WithDeadline(ctx, began.Add(pause))
			defer cancel()
			err := open(limited)
			switch {
			case err == nil:
				position = positionNow(ctx, s.Lock, s.MariaDB)
			case limited.Err() == nil:
				failed = err
			}
			return err
		})
		switch {
		case err == nil:
			return l.name, position, nil
		case failed != nil:
			return "", "", failed
		case ctx.Err() != nil || gone(err) && !errors.Is(err, errTooLong) && !errors.Is(err, context.DeadlineExceeded):
			return "", "", sourceFault("", err)
		case !errors.Is(err, errUnfit):
			missed = append(missed, fmt.Errorf("%s: %w", l.name, err))
		}
	}
	return "", "", &NotHeld{missed}
}

// NotHeld says why writers on the source could not be stopped for long enough.
type NotHeld struct{ Missed []error }

func (n *NotHeld) Error() string {
	return fmt.Sprintf("the source was not held: %v", errors.Join(n.Missed...))
}

// lock is one way to stop writers on the source while open runs.
type lock struct {
	name string
	hold func(ctx context.Context, s Source, watch *sql.Conn, open func(context.Context) error) error
}

// locks in the order in which they are tried: what disturbs the source least comes first. MySQL's global read lock is the
// last of them: it marks all tables of the server before it waits, so that those of other databases wait for a stranger's
// statement to its end, even when the lock was given up long before.
var locks = []lock{{"backup stage", byBackupStage}, {"table locks", byTableLocks}, {"global read lock", byGlobalLock}}

// share begins the sessions' snapshots under the lock. Where they have not all begun in time, the lock is given up and
// what they see is not used.
func (l lock) share(ctx context.Context, s Source, conns []*sql.Conn) (position string, err error) {
	late := time.NewTimer(pause)
	defer late.Stop()
	begun := make(chan error, 1)
	begun <- nil
	err = l.hold(ctx, s, conns[0], func(ctx context.Context) error {
		<-begun
		go func() { begun <- begin(ctx, conns) }()
		select {
		case err := <-begun:
			begun <- nil
			if err == nil {
				position = positionNow(ctx, s.Lock, s.MariaDB)
			}
			return err
		case <-late.C:
			return errTooLong
		}
	})
	<-begun // the sessions are used again
	return position, err
}

// errTooLong says that a lock was not granted in time.
var errTooLong = errors.New("another statement holds it for too long")

// under runs open while a lock is held. A lock that is not granted in time is given up by ending the statement that
// waits for it, from the session watch, so that writers do not queue behind it.
func under(ctx context.Context, s Source, watch *sql.Conn, open func(context.Context) error, unlock string, lock ...string) (err error) {
	var id uint64
	if err := s.Lock.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		return err
	}
	ended := make(chan struct{})
	timer := time.AfterFunc(pause, func() {
		defer close(ended)
		_, _ = watch.ExecContext(ctx, fmt.Sprintf("KILL QUERY %d", id)) // a statement that has just ended cannot be ended
	})
	for _, statement := range lock {
		if _, err = s.Lock.ExecContext(ctx, statement); err != nil {
			break
		}
	}
	if !timer.Stop() {
		<-ended
		if err == nil || said(err, 1317, 1205) {
			err = errTooLong
		}
	}
	if err == nil {
		err = open(ctx)
	}
	if _, failed := s.Lock.ExecContext(ctx, unlock); failed != nil && err == nil {
		err = failed
	}
	return err
}
