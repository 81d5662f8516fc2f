package engine

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"overmind/pkg/fault"
)

// Swapped is a finished swap that may be taken back: on which server, what it did, and the TargetDigest of its Report.
type Swapped struct {
	Target Endpoint
	Intent Intent
	Digest string
}

// CheckUndo tells whether Undo would begin now; it only reads. Conflict `target_changed`, `kept_missing`,
// `foreign_key_from_outside` or `definer_lost` says what stands in the way.
func (e *Engine) CheckUndo(ctx context.Context, s Swapped) error {
	done, err := decodeIntent(s.Intent)
	if err != nil {
		return err
	}
	target, err := connect(ctx, s.Target)
	if err != nil {
		return err
	}
	defer target.Close()
	if _, err = done.wayBack(ctx, target, s.Digest, Names{}); err != nil {
		return asFault(ctx, "undo", err)
	}
	return nil
}

// Undo exchanges the tables once more, puts the old objects back and removes those of the copy, and a database that the
// copy has made when nothing else is in it. What the copy brought ends up in names.Staging, which is the caller's to
// drop. The errors are those of Copy; before the commit point the target stays as the copy left it.
func (e *Engine) Undo(ctx context.Context, s Swapped, names Names, hooks Hooks) error {
	done, err := decodeIntent(s.Intent)
	if err != nil {
		return err
	}
	target, err := connect(ctx, s.Target)
	if err != nil {
		return err
	}
	defer target.Close()
	u := &swapper{Engine: e.logging(hooks), target: target, user: s.Target.User, sessions: &registry{report: hooks.Sessions}}
	defer u.giveUp()
	lock, err := takeLock(ctx, target, u.sessions, done.TargetDatabase)
	if err != nil {
		return asFault(ctx, "undo", err)
	}
	defer discard(lock)
	u.in, err = done.wayBack(ctx, target, s.Digest, names)
	if err == nil {
		err = stillLocked(ctx, lock, done.TargetDatabase)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = u.commit(ctx, hooks)
	}
	if err == nil {
		err = u.goBack(context.WithoutCancel(ctx), newProgress(hooks.Progress, Plan{}))
	}
	if err != nil {
		return asFault(ctx, "undo", err)
	}
	return nil
}

func (s *swapper) commit(ctx context.Context, hooks Hooks) error {
	if hooks.Commit == nil {
		return nil
	}
	encoded, err := s.in.encode()
	if err != nil {
		return err
	}
	return hooks.Commit(ctx, encoded)
}

// goBack is what follows the commit point.
func (s *swapper) goBack(ctx context.Context, p *progress) error {
	defer p.stop()
	p.phase(PhaseSwapping)
	if err := s.swap(ctx); err != nil {
		return err
	}
	p.phase(PhaseObjects)
	outcome, err := s.surely(ctx)
	if err == nil && outcome != Completed {
		err = fault.New(fault.Internal, "swap_unclear", "The names on the target are not those that the exchange should leave.")
	}
	if err == nil {
		err = s.finish(ctx)
	}
	if err != nil {
		return &Uncertain{Cause: err}
	}
	return nil
}

// RecoverUndo cleans up after an undo whose worker is gone. intent is the undo's own, nil when its commit point was not
// reached. Clean says that the copy is still in place, Completed that it is undone.
func (e *Engine) RecoverUndo(ctx context.Context, at Endpoint, sessions Sessions, stored Intent) (_ Outcome, err error) {
	defer func() { err = failed(err, recoveryFailed, "") }()
	target, err := connect(ctx, at)
	if err != nil {
		return Unclear, err
	}
	defer target.Close()
	if err := endSessions(ctx, target, at.User, sessions.Target); err != nil {
		return Unclear, err
	}
	if absent(stored) {
		return Clean, nil
	}
	in, err := decodeIntent(stored)
	if err != nil {
		return Unclear, err
	}
	return e.recoverSwap(ctx, target, at.User, in)
}

func absent(stored Intent) bool { return len(stored) == 0 || string(stored) == "null" }

func decodeIntent(stored Intent) (in intent, err error) {
	if err := json.Unmarshal(stored, &in); err != nil {
		return in, fault.Wrap(err, fault.Internal, "bad_intent", "The stored intent cannot be read.")
	}
	return in, nil
}

// wayBack is the intent that undoes this one, if nothing has changed since it was carried out.
func (in intent) wayBack(ctx context.Context, target *sql.DB, digest string, names Names) (intent, error) {
	back := intent{
		Names:          Names{Staging: in.Names.Old, Old: names.Staging},
		SourceDatabase: in.TargetDatabase, TargetDatabase: in.TargetDatabase, DropDatabase: in.CreateDatabase,
		schemaDefaults: in.schemaDefaults, Tables: in.Replaced, Replaced: in.Tables, NewObjects: in.OldObjects, AsBefore: true,
	}
	state, now, err := in.onTarget(ctx, target)
	if err != nil {
		return back, err
	}
	if now != digest {
		return back, fault.New(fault.Conflict, "target_changed",
			"Something that the copy put on the target was altered or removed since, so an undo would lose more than rows.")
	}
	kept, err := tableSet(ctx, target, in.Names.Old)
	if err != nil {
		return back, err
	}
	if gone := slices.DeleteFunc(slices.Clone(in.Replaced), func(t string) bool { return kept[t] }); len(gone) > 0 {
		return back, fault.New(fault.Conflict, "kept_missing", "Schema %s no longer has the replaced tables %q.", in.Names.Old, gone)
	}
	if err := noForeignKeysFromOutside(ctx, target, in.TargetDatabase, in.Tables); err != nil {
		return back, err
	}
	definers := definersOf(in.OldObjects)
	if back.Keep, err = KeptDefiners(ctx, target, definers); err != nil {
		return back, err
	}
	if lost := slices.DeleteFunc(definers, func(d string) bool { return back.Keep[d] }); len(lost) > 0 {
		return back, fault.New(fault.Conflict, "definer_lost", "The load account may not give the replaced objects back to their definers %q.", lost)
	}
	if state.exists {
		back.OldObjects, err = definitions(ctx, target, in.TargetDatabase, state.replaced)
	}
	return back, err
}

// targetDigest hashes what the swap has put in place.
func (in intent) targetDigest(ctx context.Context, target *sql.DB) (string, error) {
	_, now, err := in.onTarget(ctx, target)
	return now, err
}

// onTarget reads what stands on the target under the names that the copy brought, triggers by their table.
func (in intent) onTarget(ctx context.Context, target *sql.DB) (targetState, string, error) {
	state, err := readTarget(ctx, target, in.TargetDatabase, in.brings())
	if err != nil {
		return state, "", err
	}
	now, err := digest(ctx, target, in.TargetDatabase, state.replaced)
	return state, now, err
}

func (in intent) brings() contents {
	var c contents
	for _, t := range in.Tables {
		c.tables = append(c.tables, PlannedTable{Name: t})
	}
	for _, o := range in.NewObjects {
		switch o.Kind {
		case kindView:
			c.views = append(c.views, o.Name)
		case kindTrigger:
			c.triggers = append(c.triggers, trigger{o.Name, o.Table})
		case kindFunction, kindProcedure:
			c.routines = append(c.routines, routine{o.Kind, o.Name})
		case kindEvent:
			c.events = append(c.events, o.Name)
		}
	}
	return c
}
