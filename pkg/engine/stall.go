package engine

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"overmind/pkg/engine/processlist"
)

// Stall says why nothing goes on. Reason is lock_wait, throttled, slow_source or slow_target.
type Stall struct {
	Reason  string    `json:"reason"`
	Message Text      `json:"message"`
	Since   time.Time `json:"since"`
	Blocker *Blocker  `json:"blocker,omitempty"`
}

// Blocker is the session that a lock is waited for.
type Blocker struct {
	Session   uint64    `json:"session"`
	User      string    `json:"user,omitempty"` // empty where the account may not see the session
	Host      string    `json:"host,omitempty"`
	Statement string    `json:"statement,omitempty"` // how it begins: never a value
	Since     time.Time `json:"since,omitzero"`      // when its statement began, or when it fell idle after it
}

// answerLimit is how long a server may take to say what its sessions do.
const answerLimit = time.Second

// lookForStall finds out why nothing has gone on for a while.
func (w *watcher) lookForStall(ctx context.Context) {
	since, phase := w.progress.quiet()
	if time.Since(since) < stalledAfter {
		w.progress.stalled(nil)
		return
	}
	stall, found := w.findStall(ctx, phase)
	if !found {
		w.progress.stalled(nil)
		return
	}
	stall.Since = since.UTC()
	w.progress.stalled(&stall)
}

func (w *watcher) findStall(ctx context.Context, phase Phase) (Stall, bool) {
	if why, shut := w.gate.reason(); shut && phase == PhaseLoad {
		return Stall{Reason: "throttled", Message: why}, true
	}
	ids := w.sessions.all()
	for _, side := range []struct {
		db      *sql.DB
		ids     []uint64
		flavour Flavour
		name    Text
	}{{w.target, idsOf(ids.Target), w.report.Target.Flavour, targetSide}, {w.source, idsOf(ids.Source), w.report.Source.Flavour, sourceSide}} {
		limited, cancel := context.WithTimeout(ctx, answerLimit)
		stall, found, err := waitFor(limited, side.db, side.flavour, side.ids, side.name)
		silent := limited.Err() != nil
		cancel()
		switch {
		case found:
			return stall, true
		case silent:
			return Stall{Reason: "slow_" + side.name.EN, Message: Text{EN: "The " + side.name.EN + " does not answer.", ZH: side.name.ZH + "没有响应。"}}, true
		case err != nil:
			w.log.Debug("look for lock waits", "error", err)
		}
	}
	if phase != PhaseLoad {
		return Stall{}, false
	}
	return w.slowSide(ctx, ids)
}

// slowSide tells which server is waited for while rows are moved: where the source waits for its rows to be taken, it is
// the target.
func (w *watcher) slowSide(ctx context.Context, ids Sessions) (Stall, bool) {
	list, err := processlist.Read(ctx, w.source)
	if err != nil {
		return Stall{}, false
	}
	for _, p := range list {
		if slices.Contains(idsOf(ids.Source), p.ID) && p.Command != "Sleep" && sends(p.State) {
			return Stall{Reason: "slow_target", Message: Text{EN: "The target takes no rows.", ZH: "目标端未在接收数据行。"}}, true
		}
	}
	return Stall{Reason: "slow_source", Message: Text{EN: "The source gives no rows.", ZH: "源端未在返回数据行。"}}, true
}

// sends tells whether a session's state is that of waiting for its client.
func sends(state string) bool {
	return state == "Writing to net" || state == "Sending to client"
}

// waitFor finds one of our sessions that waits for a lock, and whose lock it is.
func waitFor(ctx context.Context, db *sql.DB, flavour Flavour, ours []uint64, side Text) (Stall, bool, error) {
	list, err := processlist.Read(ctx, db)
	if err != nil {
		return Stall{}, false, err
	}
	for _, p := range list {
		if !slices.Contains(ours, p.ID) || !waitsForLock(p.State) {
			continue
		}
		holder := lockHolder(ctx, db, flavour, p, list, ours)
		return lockStall(p.State, holder, side), true, nil
	}
	waiting, holder, err := rowLock(ctx, db, ours)
	if err != nil || !waiting {
		return Stall{}, false, err
	}
	return lockStall("Waiting for row lock", blockerOf(holder, list), side), true, nil
}

func waitsForLock(state string) bool {
	return strings.HasPrefix(state, "Waiting for ") && (strings.Contains(state, "lock") || strings.Contains(state, "flush"))
}

func lockStall(state string, by *Blocker, side Text) Stall {
	what := strings.ToLower(strings.TrimPrefix(state, "Waiting for "))
	s := Stall{Reason: "lock_wait", Blocker: by, Message: Text{
		EN: fmt.Sprintf("The copy waits for a lock on the %s (%s); the server does not tell this account who holds it.", side.EN, what),
		ZH: fmt.Sprintf("复制正在等待%s上的锁（%s）；服务器未向该账号透露持有者。", side.ZH, what),
	}}
	switch {
	case by != nil && by.User == "":
		s.Message = Text{
			EN: fmt.Sprintf("The copy waits for a lock on the %s (%s) that session %d holds.", side.EN, what, by.Session),
			ZH: fmt.Sprintf("复制正在等待%s上的锁（%s），由会话 %d 持有。", side.ZH, what, by.Session),
		}
	case by != nil:
		since := by.Since.Format("15:04:05 MST")
		s.Message = Text{
			EN: fmt.Sprintf("The copy waits for a lock on the %s (%s) that session %d of %s@%s holds, since %s.", side.EN, what, by.Session, by.User, by.Host, since),
			ZH: fmt.Sprintf("复制正在等待%s上的锁（%s），由会话 %d（%s@%s）持有，始于 %s。", side.ZH, what, by.Session, by.User, by.Host, since),
		}
	}
	return s
}

// lockHolder finds who holds the metadata lock that a session waits for. Where the server does not say it, because it
// keeps no such table or the account may not read it, it is guessed when only one session can be it.
func lockHolder(ctx context.Context, db queryer, flavour Flavour, waiting processlist.Session, list []processlist.Session, ours []uint64) *Blocker {
	query := metadataLocksMySQL
	if flavour == MariaDB {
		query = metadataLocksMariaDB
	}
	var id uint64
	if err := db.QueryRowContext(ctx, query, waiting.ID).Scan(&id); err == nil {
		return blockerOf(id, list)
	}
	return blockerOf(onlySuspect(waiting, list, openTransactions(ctx, db), ours), list)
}

const (
	metadataLocksMySQL = `SELECT h.PROCESSLIST_ID FROM performance_schema.metadata_locks w
		JOIN performance_schema.threads t ON t.THREAD_ID = w.OWNER_THREAD_ID AND t.PROCESSLIST_ID = ?
		JOIN performance_schema.metadata_locks g ON g.OBJECT_TYPE = w.OBJECT_TYPE AND g.OBJECT_SCHEMA <=> w.OBJECT_SCHEMA
			AND g.OBJECT_NAME <=> w.OBJECT_NAME AND g.LOCK_STATUS = 'GRANTED' AND g.OWNER_THREAD_ID <> w.OWNER_THREAD_ID
		JOIN performance_schema.threads h ON h.THREAD_ID = g.OWNER_THREAD_ID AND h.PROCESSLIST_ID IS NOT NULL
		WHERE w.LOCK_STATUS = 'PENDING'
		ORDER BY g.LOCK_TYPE IN ('EXCLUSIVE', 'SHARED_NO_READ_WRITE', 'SHARED_NO_WRITE') DESC, h.PROCESSLIST_TIME DESC LIMIT 1`

	// the plugin metadata_lock_info says who holds a lock, not who waits for it: the waiting statement names the table
	metadataLocksMariaDB = `SELECT l.THREAD_ID FROM information_schema.METADATA_LOCK_INFO l
		JOIN information_schema.PROCESSLIST p ON p.ID = ? AND l.THREAD_ID <> p.ID
			AND p.INFO LIKE CONCAT('%', REPLACE(l.TABLE_NAME, '_', '\\_'), '%')
		JOIN information_schema.PROCESSLIST h ON h.ID = l.THREAD_ID
		ORDER BY l.LOCK_MODE IN ('MDL_EXCLUSIVE', 'MDL_SHARED_NO_READ_WRITE', 'MDL_SHARED_NO_WRITE') DESC, h.TIME DESC LIMIT 1`
)

// onlySuspect is the one session that can hold what is waited for: it has a transaction open for longer than the wait,
// or runs a statement for longer. 0 where there is none, or more than one.
func onlySuspect(waiting processlist.Session, list []processlist.Session, inTransaction map[uint64]bool, ours []uint64) uint64 {
	var suspect uint64
	for _, p := range list {
		busy := p.Busy() && !waitsForLock(p.State)
		if slices.Contains(ours, p.ID) || p.Seconds < waiting.Seconds || !inTransaction[p.ID] && !busy {
			continue
		}
		if suspect != 0 {
			return 0
		}
		suspect = p.ID
	}
	return suspect
}

// openTransactions are the sessions with a transaction in InnoDB; none where the account may not see them.
func openTransactions(ctx context.Context, db queryer) map[uint64]bool {
	sessions := map[uint64]bool{}
	rows, err := db.QueryContext(ctx, "SELECT trx_mysql_thread_id FROM information_schema.INNODB_TRX")
	if err != nil {
		return sessions
	}
	defer rows.Close()
	for rows.Next() {
		var id uint64
		if rows.Scan(&id) == nil {
			sessions[id] = true
		}
	}
	return sessions
}

// rowLock tells whether one of our sessions waits for a row, and which session has it.
func rowLock(ctx context.Context, db queryer, ours []uint64) (waiting bool, holder uint64, err error) {
	query := `SELECT r.PROCESSLIST_ID, b.PROCESSLIST_ID FROM performance_schema.data_lock_waits w
		JOIN performance_schema.threads r ON r.THREAD_ID = w.REQUESTING_THREAD_ID
		JOIN performance_schema.threads b ON b.THREAD_ID = w.BLOCKING_THREAD_ID`
	older := `SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id FROM information_schema.INNODB_LOCK_WAITS w
		JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id
		JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id`
	rows, err := db.QueryContext(ctx, query)
	if ServerSaid(err, 1146) { // MariaDB, and MySQL before 8.0
		rows, err = db.QueryContext(ctx, older)
	}
	if err != nil {
		return false, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var waits, holds uint64
		if err := rows.Scan(&waits, &holds); err != nil {
			return false, 0, err
		}
		if slices.Contains(ours, waits) && !slices.Contains(ours, holds) {
			return true, holds, nil
		}
	}
	return false, 0, rows.Err()
}

// blockerOf describes a session, by its id alone where the account does not see it; nil for 0.
func blockerOf(id uint64, list []processlist.Session) *Blocker {
	for _, p := range list {
		if p.ID == id {
			return &Blocker{Session: p.ID, User: p.User, Host: p.Host, Statement: opening(p.Statement),
				Since: time.Now().Add(-time.Duration(p.Seconds) * time.Second).UTC().Truncate(time.Second)}
		}
	}
	if id == 0 {
		return nil
	}
	return &Blocker{Session: id}
}

// opening is how a statement begins, up to where its first value could stand.
func opening(statement string) string {
	if end := strings.IndexAny(statement, `'"=(0123456789/#-`); end >= 0 {
		statement = statement[:end]
	}
	return strings.Join(strings.Fields(statement), " ")
}
