package engine

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"overmind/pkg/fault"
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
	if err == nil {
		err = s.inTurns(ctx, passing, func(ctx context.Context, _ *sql.Conn) error { return dropSchema(ctx, s.target, s.in.Names.Staging) })
	}
	if err == nil {
		return nil
	}
	var missing []string
	for _, o := range s.in.NewObjects {
		if !p.done[o.label()] {
			missing = append(missing, o.label())
		}
	}
	return s.broken(err, fmt.Sprintf("The tables are exchanged; missing with them: %q.", missing))
}

// broken tells those who have to see to it what broke off, in which state the target is, and what is left there.
func (s *swapper) broken(err error, state string) error {
	return fault.Wrap(err, fault.Unavailable, recoveryFailed, "%s. %s The schemas %s and %s may be left on the target.",
		strings.TrimSuffix(fault.As(failed(err, "", "")).Message, "."), state, s.in.Names.Staging, s.in.Names.Old)
}

func (s *swapper) place(ctx context.Context, conn *sql.Conn, p placing) error {
	if err := putTriggers(ctx, conn, s.in.NewObjects, p); err != nil {
		return err
	}
	for _, o := range s.in.OldObjects {
		gone := "old " + o.label()                                     // only once: a new one may have a name that the server takes for the same
		if o.Kind == kindTrigger || s.in.replaces(o) || p.done[gone] { // old triggers were taken off for the exchange
			continue
		}
		if _, err := conn.ExecContext(ctx, dropStatement(p.to, o)); err != nil && !ServerSaid(err, 1049) {
			return err
		}
		p.done[gone] = true
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
		if o.Kind == kindTrigger && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, o.Name) }) {
			incomplete[o.Table] = true
		}
	}
	var triggers []object
	for _, o := range objects {
		if o.Kind != kindTrigger {
			continue
		}
		if p.done != nil {
			p.done[o.label()] = !incomplete[o.Table]
		}
		if !incomplete[o.Table] {
			continue
		}
		triggers = append(triggers, o)
		if _, err := conn.ExecContext(ctx, dropStatement(p.to, o)); err != nil {
			return err
		}
	}
	if len(triggers) == 0 {
		return nil
	}
	return createObjects(ctx, conn, triggers, p)
}
