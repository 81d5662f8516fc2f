package engine

import (
	"context"
	"database/sql"
	"slices"
	"sync"

	"overmind/pkg/engine/processlist"
)

// waitsForBackupLock is the state of a session whose statement the lock of protect holds up.
const waitsForBackupLock = "Waiting for backup lock"

// protection keeps the definitions on the source as they are while its rows are read. It is given up for a statement
// that has nothing to do with the copied database; the definitions are compared before and after in any case.
type protection struct {
	mu   sync.Mutex
	conn *sql.Conn
}

// protect takes LOCK INSTANCE FOR BACKUP in a session of its own, on MySQL 8 and later and where the account may. It
// has to see all sessions as well, to know whom it would hold up: where somebody waits for such a lock already it takes
// none, because copies that come one after the other would make them wait without end. On a target on the same server
// our own statements would be the first.
func (r *run) protect(ctx context.Context) error {
	source := r.report.Source
	if source.Flavour == MariaDB || !AtLeast(source.Version, 8) || source.Fingerprint == r.report.Target.Fingerprint {
		return nil
	}
	if waits, err := othersWait(ctx, r.source, r.spec.SourceDatabase); err != nil || waits {
		return err
	}
	conn, err := session(ctx, r.source, r.sessions.source)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		processlist.NeedsProcess,
		"SET SESSION lock_wait_timeout = 1",
		"LOCK INSTANCE FOR BACKUP",
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			discard(conn)
			if ServerSaid(err, 1227, 1205) {
				r.log.Info("definitions on the source are not locked", "reason", serverText(err))
				return nil
			}
			return err
		}
	}
	r.protection.hold(conn)
	return nil
}

func (p *protection) hold(conn *sql.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn = conn
}

// release gives the lock up, if it is held.
func (p *protection) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil {
		discard(p.conn)
		p.conn = nil
	}
}

func (p *protection) held() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conn != nil
}

// yieldLock gives the lock on definitions up when somebody waits for it who means another database.
func (w *watcher) yieldLock(ctx context.Context) {
	if !w.protection.held() {
		return
	}
	if waits, err := othersWait(ctx, w.source, w.spec.SourceDatabase); err == nil && waits {
		w.log.Info("definitions on the source are locked no longer: a statement on another database waits")
		w.protection.release()
	}
}

// othersWait tells whether a statement that has nothing to do with database waits for a lock on definitions.
func othersWait(ctx context.Context, db queryer, database string) (bool, error) {
	list, err := processlist.Read(ctx, db)
	return slices.ContainsFunc(list, func(p processlist.Session) bool { return p.State == waitsForBackupLock && !p.Means(database) }), err
}
