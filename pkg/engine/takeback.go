package engine

import (
	"context"
	"database/sql"
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
		err := s.inTurns(ctx, passing, func(ctx context.Context, conn *sql.Conn) error {
			return putTriggers(ctx, conn, s.in.OldObjects, s.restoring())
		})
		if !held(err) || ctx.Err() != nil {
			return err
		}
	}
}

// restoring puts definitions of the target back exactly as they were.
func (s *swapper) restoring() placing {
	keep := map[string]bool{}
	for _, d := range definersOf(s.in.OldObjects) {
		keep[d] = true
	}
	return placing{from: s.in.TargetDatabase, to: s.in.TargetDatabase, keep: keep, asBefore: true, collation: s.in.Collation}
}
