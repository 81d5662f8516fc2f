package engine

import (
	"context"
	"database/sql"
	"slices"
)

// undo takes back what was done for a swap that was not done.
func (s *swapper) undo(ctx context.Context) error {
	if err := s.restoreTriggers(ctx); err != nil {
		return err
	}
	return s.inTurns(ctx, passing, func(ctx context.Context, conn *sql.Conn) error {
		if len(s.in.Replaced) > 0 {
			if err := s.dropIfEmpty(ctx, conn, s.in.Names.Old); err != nil {
				return err
			}
		}
		if s.created { // where that is not known, an empty database is left
			return s.dropIfEmpty(ctx, conn, s.in.TargetDatabase)
		}
		return nil
	})
}

// dropIfEmpty removes a database when nothing is left in it. It is left, too, when the account could not see all that may
// be in it.
func (s *swapper) dropIfEmpty(ctx context.Context, conn *sql.Conn, database string) error {
	there, err := schemaExists(ctx, conn, database)
	if err != nil || !there {
		return err
	}
	if !IsOwnSchema(database) {
		if sees, err := seesPrograms(ctx, conn, database); err != nil {
			return err
		} else if !sees {
			s.log.Warn("an empty database is left: the load account would not see routines and events in it", "database", database)
			return nil
		}
	}
	// somebody may be making a table there: the shorter the wait, the less can come between the look and the end
	if _, err := conn.ExecContext(ctx, "SET SESSION lock_wait_timeout=1"); err != nil {
		return err
	}
	left, err := readContents(ctx, conn, database)
	if err != nil || len(left.labels()) > 0 {
		return err
	}
	_, err = conn.ExecContext(ctx, "DROP DATABASE IF EXISTS "+Ident(database))
	return err
}

// seesPrograms tells whether the account sees every routine and event of a database: those are shown to whoever may
// remove them. A server says so whether there is one of this name or not.
func seesPrograms(ctx context.Context, conn *sql.Conn, database string) (bool, error) {
	for _, k := range []kind{kindProcedure, kindEvent} {
		_, err := conn.ExecContext(ctx, dropStatement(database, object{Kind: k, Name: Prefix + "none"}))
		switch {
		case passing(err) || ctx.Err() != nil:
			return false, err
		case err != nil:
			return false, nil
		}
	}
	return true, nil
}

// restoreTriggers puts back what is missing of the target's triggers, however long somebody holds their tables: without
// them rows are stored that should have been changed or refused, and nobody notices.
func (s *swapper) restoreTriggers(ctx context.Context) error {
	for {
		err := s.inTurns(ctx, passing, s.putTriggersBack)
		if !held(err) || ctx.Err() != nil {
			return err
		}
	}
}

// putTriggersBack leaves a table alone that has all of its own, because somebody may hold it; of any other all are made
// anew, because their order is that of their creation.
func (s *swapper) putTriggersBack(ctx context.Context, conn *sql.Conn) error {
	names, err := column(ctx, conn, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?", s.in.TargetDatabase)
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
func (s *swapper) restoring() placing {
	keep := map[string]bool{}
	for _, d := range definersOf(s.in.OldObjects) {
		keep[d] = true
	}
	return placing{from: s.in.TargetDatabase, to: s.in.TargetDatabase, keep: keep, asBefore: true, collation: s.in.Collation}
}
