package engine

import (
	"context"
	"database/sql"
	"slices"
)

// finish puts the objects in place, removes those that they replace, and what is left of staging. Running it twice is
// harmless. While somebody holds one of them it gives way in turns, as the exchange does: the tables are the new ones
// already, and nobody is served by half of what belongs to them.
func (s *swapper) finish(ctx context.Context) error {
	err := s.inTurns(ctx, passing, s.placeObjects)
	if err != nil {
		return err
	}
	return s.inTurns(ctx, passing, func(ctx context.Context, _ *sql.Conn) error { return dropSchema(ctx, s.target, s.in.Names.Staging) })
}

func (s *swapper) placeObjects(ctx context.Context, conn *sql.Conn) error {
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
		return s.dropIfEmpty(ctx, conn, s.in.TargetDatabase)
	}
	return nil
}

// replacesView tells whether o is a view that CREATE OR REPLACE exchanges in place.
func (in intent) replacesView(o object) bool {
	return o.Kind == kindView && slices.ContainsFunc(in.NewObjects, func(n object) bool { return n.Kind == kindView && n.Name == o.Name })
}
