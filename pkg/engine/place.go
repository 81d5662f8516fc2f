package engine

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// finish puts in place what belongs to the new tables, removes what that replaces, and what is left of staging. Running it
// twice is harmless. Triggers come first, because rows are stored in the new tables already. While somebody holds one of
// the objects it gives way in turns, as the exchange does; what is done by then is not done again.
func (s *swapper) finish(ctx context.Context) error {
	p := placing{
		from: s.in.SourceDatabase, to: s.in.TargetDatabase, keep: s.in.Keep, asBefore: s.in.AsBefore, collation: s.in.Collation,
		replace: true, done: map[string]bool{},
	}
	err := s.inTurns(ctx, passing, func(ctx context.Context, conn *sql.Conn) error { return s.place(ctx, conn, p) })
	if err != nil {
		return err
	}
	return s.inTurns(ctx, passing, func(ctx context.Context, _ *sql.Conn) error { return dropSchema(ctx, s.target, s.in.Names.Staging) })
}

func (s *swapper) place(ctx context.Context, conn *sql.Conn, p placing) error {
	if err := putTriggers(ctx, conn, s.in.NewObjects, p); err != nil {
		return err
	}
	for _, o := range s.in.OldObjects {
		if o.Kind == kindTrigger || s.in.replaces(o) { // old triggers were taken off for the exchange
			continue
		}
		if _, err := conn.ExecContext(ctx, dropStatement(p.to, o)); err != nil && !ServerSaid(err, 1049) {
			return err
		}
	}
	others := slices.DeleteFunc(slices.Clone(s.in.NewObjects), func(o object) bool { return o.Kind == kindTrigger })
	if len(others) > 0 {
		if err := createObjects(ctx, conn, others, p); err != nil {
			return err
		}
	}
	if s.in.DropDatabase {
		return s.dropIfEmpty(ctx, conn, p.to)
	}
	return nil
}

// replaces tells whether a new object takes the name of o.
func (in intent) replaces(o object) bool {
	return slices.ContainsFunc(in.NewObjects, func(n object) bool {
		return n.Kind == o.Kind && (n.Name == o.Name || o.Kind != kindView && strings.EqualFold(n.Name, o.Name))
	})
}

// putTriggers makes the triggers among objects that are missing. A table that has all of its own is left alone, because
// somebody may hold it; of any other all are made anew, because their order is that of their creation.
func putTriggers(ctx context.Context, conn *sql.Conn, objects []object, p placing) error {
	names, err := column(ctx, conn, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?", p.to)
	if err != nil {
		return err
	}
	incomplete := map[string]bool{}
	for _, o := range objects {
		if o.Kind == kindTrigger && !slices.Contains(names, o.Name) {
			incomplete[o.Table] = true
		}
	}
	if len(incomplete) == 0 {
		return nil
	}
	var triggers []object
	for _, o := range objects {
		if o.Kind != kindTrigger || !incomplete[o.Table] {
			continue
		}
		triggers = append(triggers, o)
		delete(p.done, o.label())
		if _, err := conn.ExecContext(ctx, dropStatement(p.to, o)); err != nil {
			return err
		}
	}
	return createObjects(ctx, conn, triggers, p)
}
