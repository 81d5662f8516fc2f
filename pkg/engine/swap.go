package engine

import (
	"context"
	"database/sql"
	"errors"
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

// swapTurn is how long a RENAME, or whatever else makes users of the target wait, waits itself before it gives way to
// them, for as long. Tests wait less.
var swapTurn = 5 * time.Second

// swapper carries out an intent. Copy and Undo use it, and their recoveries to finish what a dead worker began.
type swapper struct {
	*Engine
	target   *sql.DB
	user     string // of target
	sessions *registry
	in       intent

	created bool // the target database, by this swapper

	conn   *sql.Conn // nil = it has none now
	opened []Session // that it has had and that are not proved to be gone
}

// swapAndFinish passes the commit point.
func (r *run) swapAndFinish(ctx context.Context, in intent) error {
	s := &swapper{Engine: r.Engine, target: r.target, user: r.spec.Target.User, sessions: &r.sessions, in: in}
	defer s.giveUp()
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
		err = s.inTurns(ctx, passing, func(ctx context.Context, _ *sql.Conn) (err error) {
			r.report.TargetDigest, err = in.targetDigest(ctx, r.target)
			return err
		})
	}
	if err != nil {
		return &Uncertain{Report: r.report, Cause: err}
	}
	r.report.Finished = time.Now().UTC()
	return nil
}

// swap replaces the tables in one statement. An error that is not *Uncertain means that everything is as before.
func (s *swapper) swap(ctx context.Context) error {
	err := s.turn(ctx, s.patience, s.makeRoom)
	tried := err == nil && len(s.in.Tables)+len(s.in.Replaced) > 0
	if tried {
		err = s.exchange(ctx)
	}
	if err == nil {
		return nil
	}
	outcome := Clean
	if tried || lost(err) { // and the answer with it: the names say whether it was done
		var lookErr error
		if outcome, lookErr = s.surely(ctx); lookErr != nil || outcome == Unclear {
			return &Uncertain{Report: s.in.Report, Cause: s.broken(errors.Join(err, lookErr), "It is not known whether the tables are exchanged.")}
		}
	}
	if outcome == Completed {
		return nil
	}
	if undoErr := s.undo(ctx); undoErr != nil {
		return &Uncertain{Report: s.in.Report, Cause: s.broken(errors.Join(undoErr, err), "The tables are not exchanged, but not everything is as before.")}
	}
	if lost(err) {
		return fault.Wrap(err, fault.Unavailable, "target_lost", "The connection to the target was lost at the exchange of the tables, which was not done.")
	}
	return fault.Wrap(err, fault.Conflict, "swap_failed", "The tables could not be exchanged, so the target is as before: %s.", serverText(err))
}

// makeRoom makes the schemas that the RENAME needs. Nobody uses them, so nobody waits behind it while a backup keeps it
// from making them.
func (s *swapper) makeRoom(ctx context.Context, conn *sql.Conn) error {
	if s.in.CreateDatabase {
		if err := s.in.schemaDefaults.create(ctx, conn, s.in.TargetDatabase); err != nil {
			return err
		}
		s.created = true
	}
	if len(s.in.Replaced) > 0 {
		if err := s.in.schemaDefaults.create(ctx, conn, s.in.Names.Old); err != nil {
			return err
		}
	}
	return nil
}

// exchange exchanges all tables in one statement. It is tried with the triggers on, which forbid it: a server says so
// when it has been given every table, so that hardly anybody can hold one while they are off. As long as somebody does it
// gives way in turns: the statements that wait behind the RENAME go on, with the triggers in place.
func (s *swapper) exchange(ctx context.Context) error {
	return s.inTurns(ctx, held, func(turn context.Context, conn *sql.Conn) error {
		err := s.rename(turn, conn)
		if !ServerSaid(err, 1435) {
			return err
		}
		err = s.dropTriggers(turn, conn)
		if err == nil {
			err = s.rename(turn, conn)
		}
		if !held(err) {
			return err
		}
		return errors.Join(err, s.restoreTriggers(ctx))
	})
}

func (s *swapper) dropTriggers(ctx context.Context, conn *sql.Conn) error {
	for _, o := range s.in.OldObjects {
		if o.Kind == kindTrigger {
			if _, err := conn.ExecContext(ctx, dropStatement(s.in.TargetDatabase, o)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *swapper) rename(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, renames(s.in.moves()))
	return err
}

// swapLimit is how long a turn may take.
func (in intent) swapLimit() time.Duration {
	return swapLimit + time.Duration(len(in.Tables)+len(in.Replaced)+len(in.OldObjects)+len(in.NewObjects))*perSwapped
}

// move is a table that goes to another schema.
type move struct{ name, from, to string }

// moves exchange all tables. All old ones go first: constraint names are unique in a schema. Of these, one that cannot go
// because of its triggers is before all that a server would have to move back.
func (in intent) moves() []move {
	triggered := map[string]bool{}
	for _, o := range in.OldObjects {
		triggered[o.Table] = true
	}
	var moves []move
	for _, first := range []bool{true, false} {
		for _, t := range in.Replaced {
			if triggered[t] == first {
				moves = append(moves, move{t, in.TargetDatabase, in.Names.Old})
			}
		}
	}
	for _, t := range in.Tables {
		moves = append(moves, move{t, in.Names.Staging, in.TargetDatabase})
	}
	return moves
}

// renames is the one statement for all moves.
func renames(moves []move) string {
	var parts []string
	for _, m := range moves {
		parts = append(parts, QName(m.from, m.name)+" TO "+QName(m.to, m.name))
	}
	return "RENAME TABLE " + strings.Join(parts, ", ")
}
