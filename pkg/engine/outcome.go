package engine

import (
	"context"
	"database/sql"
)

// surely is the outcome, once nothing of the exchange is under way any more.
func (s *swapper) surely(ctx context.Context) (outcome Outcome, err error) {
	err = s.inTurns(ctx, passing, func(ctx context.Context, conn *sql.Conn) (err error) {
		outcome, err = s.outcome(ctx, conn)
		return err
	})
	return outcome, err
}

// outcome looks at which tables exist: none or all of them have moved. Staging may be gone in part or whole, because a
// recovery that drops it can break off too.
func (s *swapper) outcome(ctx context.Context, conn *sql.Conn) (Outcome, error) {
	if len(s.in.Tables)+len(s.in.Replaced) == 0 {
		there, err := schemaExists(ctx, conn, s.in.TargetDatabase)
		if err != nil || s.in.CreateDatabase && !there {
			return Clean, err
		}
		return Completed, nil // only objects are left to do, and doing them twice is harmless
	}
	var sets [3]map[string]bool
	for i, schema := range []string{s.in.Names.Staging, s.in.TargetDatabase, s.in.Names.Old} {
		var err error
		if sets[i], err = tableSet(ctx, conn, schema); err != nil {
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
	names, err := column(ctx, db, tablesOf, schema)
	return set(names), err
}
