package native

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// pause is the longest that writers on the source wait for us: a lock that is not granted within it is given up.
const pause = 800 * time.Millisecond

// Snapshot is one state of the source that several sessions see.
type Snapshot struct {
	Conns    []*sql.Conn // those of the sessions given that see it; one, where there is no way to share
	Rung     string      // how it came about
	Position string      // in the binary log, as file:offset or GTIDs; empty where that is not known
	Missed   []error     // why better ways were not possible
	Release  string      // statement that lets go of the definitions of the tables read, while the snapshot stays; empty = there is none
}

// Source is what Share needs to know of a server.
type Source struct {
	MariaDB bool
	Lock    *sql.Conn // a session for locks, not one of those that shall see the snapshot
	Tables  []string  // quoted, with their schema: what is to be seen
	Lets    bool      // it lets go of a table's definition where a transaction is rolled back to before it was read
}

// errUnfit says that a way is not for this server.
var errUnfit = errors.New("not for this server")

// rung is one way to let sessions see the same state. It either opens a transaction on all of them or fails.
type rung struct {
	name string
	take func(ctx context.Context, s Source, conns []*sql.Conn) (position string, err error)
}

// rungs in the order in which they are tried: what needs no lock comes first.
var rungs = func() []rung {
	list := []rung{{"snapshot clone", byClone}, {"binlog position", byPosition}}
	for _, l := range locks {
		list = append(list, rung{l.name, l.share})
	}
	return list
}()

// Share opens a transaction with one consistent snapshot on all sessions. Where the server or the account offers no
// way to do that, only the first session gets one: sessions that see different states are never used together.
func Share(ctx context.Context, s Source, conns []*sql.Conn) (Snapshot, error) {
	var missed []error
	for _, conn := range append(conns[:len(conns):len(conns)], s.Lock) {
		if _, err := conn.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"); err != nil {
			return Snapshot{}, sourceFault("", err)
		}
	}
	for _, r := range rungs {
		if len(conns) == 1 {
			break
		}
		position, err := r.take(ctx, s, conns)
		if err == nil {
			return releasable(ctx, s, Snapshot{Conns: conns, Rung: r.name, Position: position, Missed: missed})
		}
		if ctx.Err() != nil || gone(err) && !errors.Is(err, errTooLong) {
			return Snapshot{}, sourceFault("", err)
		}
		if !errors.Is(err, errUnfit) {
			missed = append(missed, fmt.Errorf("%s: %w", r.name, err))
		}
	}
	if err := begin(ctx, conns[:1]); err != nil {
		return Snapshot{}, sourceFault("", err)
	}
	one := Snapshot{Conns: conns[:1], Rung: "one session", Missed: missed}
	if s.MariaDB {
		one.Position, _ = positionOf(ctx, conns[0]) // evidence only
	}
	return releasable(ctx, s, one)
}

// releasable marks the beginning of the snapshots' transactions where that is of use. What a transaction has read keeps its
// definition until the end otherwise: an ALTER waits for that, and whoever reads the table waits behind the ALTER.
func releasable(ctx context.Context, s Source, snapshot Snapshot) (Snapshot, error) {
	if !s.Lets {
		return snapshot, nil
	}
	for _, conn := range snapshot.Conns {
		if _, err := conn.ExecContext(ctx, "SAVEPOINT begun"); err != nil {
			return Snapshot{}, sourceFault("", err)
		}
	}
	snapshot.Release = "ROLLBACK TO SAVEPOINT begun"
	return snapshot, nil
}

func begin(ctx context.Context, conns []*sql.Conn) error {
	for _, conn := range conns {
		if _, err := conn.ExecContext(ctx, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"); err != nil {
			return err
		}
	}
	return nil
}
