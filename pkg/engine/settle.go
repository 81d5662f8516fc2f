package engine

import (
	"context"
	"database/sql"
	"maps"
	"slices"
)

// settle ends an exchange that broke off between two tables, which servers that crash do whose RENAME is not atomic: MySQL
// before 8.0, MariaDB before 10.6. Once a new table is in place it may have taken rows, and the rest follows; before, the
// old ones go back, to the triggers that some of them may have left behind. A state that no such crash leaves stays.
func (s *swapper) settle(ctx context.Context) error {
	return s.inTurns(ctx, passing, func(ctx context.Context, conn *sql.Conn) error {
		moves := s.in.moves()
		done, err := s.in.done(ctx, conn, moves)
		if err != nil || done == 0 || done == len(moves) {
			return err
		}
		left := moves[done:]
		if done <= len(s.in.Replaced) {
			left = nil
			for _, m := range slices.Backward(moves[:done]) {
				left = append(left, move{m.name, m.to, m.from})
			}
		}
		s.log.Warn("the exchange of the tables broke off between two of them", "done", done, "all", len(moves))
		_, err = conn.ExecContext(ctx, renames(left))
		return err
	})
}

// done is how many of the moves, from the first on, lead to the tables that exist; 0 where there is no such number.
func (in intent) done(ctx context.Context, conn *sql.Conn, moves []move) (int, error) {
	type table struct{ schema, name string }
	there, expected, named := map[table]bool{}, map[table]bool{}, map[string]bool{}
	for _, m := range moves {
		expected[table{m.from, m.name}] = true
		named[m.name] = true
	}
	for _, schema := range []string{in.Names.Staging, in.TargetDatabase, in.Names.Old} {
		names, err := tableSet(ctx, conn, schema)
		if err != nil {
			return 0, err
		}
		for name := range names {
			if named[name] {
				there[table{schema, name}] = true
			}
		}
	}
	for i, m := range moves {
		delete(expected, table{m.from, m.name})
		expected[table{m.to, m.name}] = true
		if maps.Equal(there, expected) {
			return i + 1, nil
		}
	}
	return 0, nil
}
