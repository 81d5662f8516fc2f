package engine

import (
	"context"
	"database/sql"
	"slices"

	"overmind/pkg/engine/native"
)

const (
	defaultWorkers = 4 // hide each other's waiting on two cores already
	maxWorkers     = 8
)

// chunkBytes is about how much of a table is moved in one transaction. Tests move less.
var chunkBytes int64 = 16 << 20

// move moves all tables natively in one snapshot.
func (r *run) move(ctx context.Context, loaded func(table int)) error {
	workers := r.workers()
	sources, err := sessions(ctx, r.source, workers+1, r.sessions.source)
	defer discardAll(sources)
	if err != nil {
		return err
	}
	snapshot, err := r.share(ctx, sources[:workers], sources[workers])
	if err != nil {
		return err
	}
	targets, err := sessions(ctx, r.target, len(snapshot.Conns), r.sessions.target)
	defer discardAll(targets)
	if err != nil {
		return err
	}
	allowed, err := localInfile(ctx, r.target)
	if err != nil {
		return err
	}
	serial, err := locksCounters(ctx, r.target, allowed)
	if err != nil {
		return err
	}
	r.job = &native.Job{
		Sources: snapshot.Conns, Release: snapshot.Release, Targets: targets, ChunkBytes: chunkBytes, ToMariaDB: r.report.Target.Flavour == MariaDB, Insert: !allowed,
		OnLoaded: loaded, OnCompared: r.compared, Gate: r.gate.pass,
	}
	for _, t := range r.tables {
		t.native.Serial, t.native.Transactional, t.native.Unkeyed = t.native.Serial && serial, t.ddl.mode.innodb, len(t.ddl.keys) == 0
		r.job.Tables = append(r.job.Tables, t.native)
	}
	if r.job.ToMariaDB && allowed {
		if err := r.storeBeside(ctx, targets[0]); err != nil {
			return err
		}
	}
	for _, conn := range slices.Concat(snapshot.Conns, targets) { // the ones as the others: a time is moved as text
		if err := r.computeAsSource(ctx, conn); err != nil {
			return err
		}
	}
	return native.Run(ctx, r.job)
}

// locksCounters tells whether the target locks a table with an AUTO_INCREMENT column for each statement that stores
// rows, even where the rows have their values: in its old mode always, in the mode between for LOAD DATA.
func locksCounters(ctx context.Context, target queryer, loadData bool) (bool, error) {
	var mode int
	err := target.QueryRowContext(ctx, "SELECT @@global.innodb_autoinc_lock_mode").Scan(&mode)
	return mode == 0 || mode == 1 && loadData, err
}

// workers is how many sessions on each side are worth their opening.
func (r *run) workers() int {
	workers := defaultWorkers
	if r.spec.Parallel > 0 {
		workers = min(r.spec.Parallel, maxWorkers)
	}
	var parts int64
	for _, t := range r.tables {
		parts += 1 + t.planned.Bytes/chunkBytes
	}
	return r.spec.Limits.movers(int(min(int64(workers), parts)))
}

// share gives the sessions one snapshot; fewer sessions come back where the source has no way to share one.
func (r *run) share(ctx context.Context, conns []*sql.Conn, lock *sql.Conn) (native.Snapshot, error) {
	source := native.Source{MariaDB: r.report.Source.Flavour == MariaDB, Lock: lock, Lets: r.report.Source.letsGo()}
	for _, t := range r.tables {
		source.Tables = append(source.Tables, t.native.Source)
	}
	snapshot, err := native.Share(ctx, source, conns)
	discard(lock)
	if err != nil {
		return native.Snapshot{}, err
	}
	r.report.Position, r.report.Snapshot, r.report.Readers = snapshot.Position, snapshot.Rung, len(snapshot.Conns)
	r.log.Info("snapshot", "way", snapshot.Rung, "sessions", len(snapshot.Conns), "position", snapshot.Position, "not_possible", snapshot.Missed)
	return snapshot, nil
}

// sessions opens n sessions; those that were opened come back with an error too.
func sessions(ctx context.Context, db *sql.DB, n int, register func(context.Context, Session) error) ([]*sql.Conn, error) {
	var list []*sql.Conn
	for range n {
		conn, err := session(ctx, db, register)
		if err != nil {
			return list, err
		}
		list = append(list, conn)
	}
	return list, nil
}

func discardAll(conns []*sql.Conn) {
	for _, conn := range conns {
		discard(conn)
	}
}
