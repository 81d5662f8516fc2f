package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"overmind/pkg/fault"
)

const (
	swapLimit  = 5 * time.Minute // and perSwapped for each table and object
	perSwapped = 100 * time.Millisecond
	// swapPatience is for how long a RENAME that found a table in use is tried again, and a schema that cannot be made
	// yet is waited for.
	swapPatience = 2 * time.Minute
)

// swapLockWait is how many seconds a RENAME waits for a table before it gives way to the server's users, for as long.
// Tests wait less.
var swapLockWait = 5

// swapper carries out an intent. It is used by Copy, and by Recover to finish what a dead worker began.
type swapper struct {
	*Engine
	target   *sql.DB
	sessions *registry
	in       intent
}

// swapAndFinish passes the commit point. ctx does not end before the limit.
func (r *run) swapAndFinish(ctx context.Context, in intent) error {
	ctx, cancel := context.WithTimeout(ctx, in.swapLimit())
	defer cancel()
	s := swapper{Engine: r.Engine, target: r.target, sessions: &r.sessions, in: in}
	if err := s.swap(ctx); err != nil {
		var uncertain *Uncertain
		if errors.As(err, &uncertain) {
			return err
		}
		return r.cleanUp(ctx, err)
	}
	r.log.Info("swapped", "tables", len(in.Tables), "replaced", len(in.Replaced))
	r.progress.phase(PhaseObjects)
	err := s.finish(ctx)
	if err == nil && r.hooks.Undoable {
		r.report.TargetDigest, err = in.targetDigest(ctx, r.target)
	}
	if err != nil {
		return &Uncertain{Report: r.report, Cause: err}
	}
	r.report.Finished = time.Now().UTC()
	return nil
}

// swap replaces the tables in one statement. An error that is not *Uncertain means that everything is as before.
func (s swapper) swap(ctx context.Context) error {
	conn, err := session(ctx, s.target, s.sessions.target)
	if err != nil {
		return err
	}
	defer discard(conn)
	err = s.makeRoom(ctx, conn)
	if err == nil && len(s.in.Tables)+len(s.in.Replaced) > 0 {
		err = s.exchange(ctx, conn)
	}
	if err == nil {
		return nil
	}
	if !lost(err) {
		if undoErr := s.undo(ctx); undoErr != nil {
			return &Uncertain{Report: s.in.Report, Cause: errors.Join(err, undoErr)}
		}
		return fault.Wrap(err, fault.Conflict, "swap_failed", "The tables could not be exchanged, so the target is as before: %s.", serverText(err))
	}
	// the answer was lost with the connection: the names say whether it was done
	switch outcome, lookErr := s.outcome(ctx); {
	case lookErr != nil || outcome == Unclear:
		return &Uncertain{Report: s.in.Report, Cause: errors.Join(err, lookErr)}
	case outcome == Completed:
		return nil
	}
	if undoErr := s.undo(ctx); undoErr != nil {
		return &Uncertain{Report: s.in.Report, Cause: errors.Join(err, undoErr)}
	}
	return fault.Wrap(err, fault.Unavailable, "target_lost", "The connection to the target was lost at the exchange of the tables, which was not done.")
}

// makeRoom makes the schemas that the RENAME needs. Nobody uses them, so nobody waits behind it while a backup keeps it
// from making them.
func (s swapper) makeRoom(ctx context.Context, conn *sql.Conn) error {
	if err := waitForLocks(ctx, conn, s.patience); err != nil {
		return err
	}
	if s.in.CreateDatabase {
		if err := s.in.schemaDefaults.create(ctx, conn, s.in.TargetDatabase); err != nil {
			return err
		}
	}
	if len(s.in.Replaced) > 0 {
		if err := s.in.schemaDefaults.create(ctx, conn, s.in.Names.Old); err != nil {
			return err
		}
	}
	return nil
}

// exchange takes off the triggers that would forbid it and exchanges all tables in one statement. While somebody holds
// one of them it gives way in turns: the statements that wait behind the RENAME go on, with the triggers back in place.
func (s swapper) exchange(ctx context.Context, conn *sql.Conn) error {
	return s.inTurns(ctx, func(turn time.Duration) error {
		err := waitForLocks(ctx, conn, turn)
		if err == nil {
			err = s.dropTriggers(ctx, conn)
		}
		if err == nil {
			err = s.rename(ctx, conn)
		}
		return err
	}, s.restoreTriggers)
}

// inTurns does what waits for locks for one turn, and gives way for as long to those who wait behind it, until it is done
// or nobody has patience any more.
func (s swapper) inTurns(ctx context.Context, do func(turn time.Duration) error, giveWay func(context.Context) error) error {
	turn := time.Duration(swapLockWait) * time.Second
	for begun := time.Now(); ; {
		err := do(turn)
		if !ServerSaid(err, 1205) {
			return err
		}
		s.log.Warn("somebody holds what is to be exchanged", "target", s.in.TargetDatabase)
		if wayErr := giveWay(ctx); wayErr != nil {
			return errors.Join(err, wayErr)
		}
		if time.Since(begun) > s.patience {
			return err
		}
		select {
		case <-time.After(turn):
		case <-ctx.Done():
			return err
		}
	}
}

func waitForLocks(ctx context.Context, conn *sql.Conn, limit time.Duration) error {
	_, err := conn.ExecContext(ctx, fmt.Sprintf("SET SESSION lock_wait_timeout=%d", int(limit.Seconds())))
	return err
}

func (s swapper) dropTriggers(ctx context.Context, conn *sql.Conn) error {
	for _, o := range s.in.OldObjects {
		if o.Kind == kindTrigger {
			if _, err := conn.ExecContext(ctx, dropStatement(s.in.TargetDatabase, o)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s swapper) rename(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, s.in.renames())
	return err
}

// swapLimit is how long the exchange may take.
func (in intent) swapLimit() time.Duration {
	return swapLimit + time.Duration(len(in.Tables)+len(in.Replaced)+len(in.OldObjects)+len(in.NewObjects))*perSwapped
}

// renames is the one statement that exchanges all tables.
func (in intent) renames() string {
	var moves []string
	for _, t := range in.Replaced { // all old ones go first: constraint names are unique in a schema
		moves = append(moves, QName(in.TargetDatabase, t)+" TO "+QName(in.Names.Old, t))
	}
	for _, t := range in.Tables {
		moves = append(moves, QName(in.Names.Staging, t)+" TO "+QName(in.TargetDatabase, t))
	}
	return "RENAME TABLE " + strings.Join(moves, ", ")
}

// outcome looks at which tables exist: none or all of them have moved. Staging may be gone in part or whole, because a
// recovery that drops it can break off too.
func (s swapper) outcome(ctx context.Context) (Outcome, error) {
	if len(s.in.Tables)+len(s.in.Replaced) == 0 {
		return Completed, nil // only objects are left to do, and doing them twice is harmless
	}
	var sets [3]map[string]bool
	for i, schema := range []string{s.in.Names.Staging, s.in.TargetDatabase, s.in.Names.Old} {
		var err error
		if sets[i], err = tableSet(ctx, s.target, schema); err != nil {
			return Unclear, err
		}
	}
	staged, live, old := sets[0], sets[1], sets[2]
	before, after := true, true
	replaced, tables := set(s.in.Replaced), set(s.in.Tables)
	for _, t := range s.in.Tables {
		if replaced[t] {
			before, after = before && live[t] && !old[t], after && live[t] && old[t] && !staged[t]
		} else {
			moved := live[t] && !staged[t]
			before, after = before && !moved, after && moved
		}
	}
	for _, t := range s.in.Replaced {
		if !tables[t] { // it only goes, as the new tables of a copy do when the copy is undone
			before, after = before && live[t] && !old[t], after && old[t] && !live[t]
		}
	}
	switch {
	case before:
		return Clean, nil
	case after:
		return Completed, nil
	}
	return Unclear, nil
}

func tableSet(ctx context.Context, db queryer, schema string) (map[string]bool, error) {
	names, err := column(ctx, db, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE <> 'VIEW'", schema)
	set := map[string]bool{}
	for _, n := range names {
		set[n] = true
	}
	return set, err
}

// undo takes back what was done for a swap that was not done.
func (s swapper) undo(ctx context.Context) error {
	if err := s.restoreTriggers(ctx); err != nil {
		return err
	}
	for schema, ours := range map[string]bool{s.in.Names.Old: len(s.in.Replaced) > 0, s.in.TargetDatabase: s.in.CreateDatabase} {
		if !ours {
			continue
		}
		if err := dropIfEmpty(ctx, s.target, schema); err != nil {
			return err
		}
	}
	return nil
}

// restoreTriggers puts back what is missing of the target's triggers. A table that has all of its own is left alone,
// because somebody may hold it; of any other all are made anew, because their order is that of their creation.
func (s swapper) restoreTriggers(ctx context.Context) error {
	names, err := column(ctx, s.target, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?", s.in.TargetDatabase)
	if err != nil {
		return err
	}
	incomplete := map[string]bool{}
	for _, o := range s.in.OldObjects {
		if o.Kind == kindTrigger && !slices.Contains(names, o.Name) {
			incomplete[o.Table] = true
		}
	}
	if len(incomplete) == 0 {
		return nil
	}
	conn, err := session(ctx, s.target, s.sessions.target)
	if err != nil {
		return err
	}
	defer discard(conn)
	var triggers []object
	for _, o := range s.in.OldObjects {
		if o.Kind != kindTrigger || !incomplete[o.Table] {
			continue
		}
		triggers = append(triggers, o)
		if _, err := conn.ExecContext(ctx, dropStatement(s.in.TargetDatabase, o)); err != nil {
			return err
		}
	}
	return createObjects(ctx, conn, triggers, s.restoring())
}

// restoring puts definitions of the target back exactly as they were.
func (s swapper) restoring() placing {
	keep := map[string]bool{}
	for _, d := range definersOf(s.in.OldObjects) {
		keep[d] = true
	}
	return placing{from: s.in.TargetDatabase, to: s.in.TargetDatabase, keep: keep, asBefore: true, collation: s.in.Collation}
}

// finish puts the objects in place, removes those that they replace, and what is left of staging. Running it twice is
// harmless. While somebody holds one of them it gives way in turns, as the exchange does: the tables are the new ones
// already, and nobody is served by half of what belongs to them.
func (s swapper) finish(ctx context.Context) error {
	return s.inTurns(ctx, func(turn time.Duration) error {
		if err := s.placeObjects(ctx, turn); err != nil {
			return err
		}
		return dropSchema(ctx, s.target, s.in.Names.Staging)
	}, func(context.Context) error { return nil })
}

func (s swapper) placeObjects(ctx context.Context, patience time.Duration) error {
	conn, err := session(ctx, s.target, s.sessions.target)
	if err != nil {
		return err
	}
	defer discard(conn)
	if err := waitForLocks(ctx, conn, patience); err != nil {
		return err
	}
	for _, o := range slices.Concat(s.in.OldObjects, s.in.NewObjects) {
		if s.in.replacesView(o) {
			continue
		}
		if _, err := conn.ExecContext(ctx, dropStatement(s.in.TargetDatabase, o)); err != nil && !ServerSaid(err, 1049) {
			return err
		}
	}
	if len(s.in.NewObjects) > 0 {
		p := placing{from: s.in.SourceDatabase, to: s.in.TargetDatabase, keep: s.in.Keep, asBefore: s.in.AsBefore, collation: s.in.Collation}
		if err := createObjects(ctx, conn, s.in.NewObjects, p); err != nil {
			return err
		}
	}
	if s.in.DropDatabase {
		return dropIfEmpty(ctx, s.target, s.in.TargetDatabase)
	}
	return nil
}

// replacesView tells whether o is a view that CREATE OR REPLACE exchanges in place.
func (in intent) replacesView(o object) bool {
	return o.Kind == kindView && slices.ContainsFunc(in.NewObjects, func(n object) bool { return n.Kind == kindView && n.Name == o.Name })
}
