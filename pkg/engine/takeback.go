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
		for schema, ours := range map[string]bool{s.in.Names.Old: len(s.in.Replaced) > 0, s.in.TargetDatabase: s.in.CreateDatabase} {
			if !ours {
				continue
			}
			if err := dropIfEmpty(ctx, conn, schema); err != nil {
				return err
			}
		}
		return nil
	})
}

// restoreTriggers puts back what is missing of the target's triggers.
func (s *swapper) restoreTriggers(ctx context.Context) error {
	return s.inTurns(ctx, passing, s.putTriggersBack)
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
