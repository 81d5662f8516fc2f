package engine

import (
	"context"
	"database/sql"
	"time"

	"overmind/pkg/fault"
)

// recoveryFailed is the code for what a server says when it does not let us clean up.
const recoveryFailed = "recovery_failed"

// Recover cleans up after a run whose worker is gone: it kills the recorded sessions, looks at which names exist,
// finishes or undoes the swap, and drops staging. intent is nil when the commit point was not reached. An error means
// that it could not be done now and can be tried again.
func (e *Engine) Recover(ctx context.Context, spec Spec, names Names, sessions Sessions, stored Intent) (_ Outcome, _ Report, err error) {
	defer func() { err = failed(err, recoveryFailed, "") }()
	target, err := connect(ctx, spec.Target)
	if err != nil {
		return Unclear, Report{}, err
	}
	defer target.Close()
	if err := endSessions(ctx, target, spec.Target.User, sessions.Target); err != nil {
		return Unclear, Report{}, err
	}
	e.endSourceSessions(ctx, spec, sessions)
	if absent(stored) {
		return Clean, Report{}, e.clear(ctx, target, names.Staging)
	}
	in, err := decodeIntent(stored)
	if err != nil {
		return Unclear, Report{}, err
	}
	if in.Names != names || in.TargetDatabase != spec.TargetDatabase {
		return Unclear, Report{}, fault.New(fault.Internal, "bad_intent", "The stored intent belongs to another run.")
	}
	outcome, err := e.recoverSwap(ctx, target, spec.Target.User, in)
	switch {
	case err != nil:
		return Unclear, in.Report, err
	case outcome == Clean:
		return Clean, Report{}, e.clear(ctx, target, names.Staging)
	case outcome == Completed:
		in.Report.Finished = time.Now().UTC()
		in.Report.TargetDigest, err = in.targetDigest(ctx, target)
	}
	return outcome, in.Report, err
}

func (e *Engine) clear(ctx context.Context, target *sql.DB, staging string) error {
	return e.patiently(ctx, staging, held, func() error { return dropSchema(ctx, target, staging) })
}

// endSourceSessions is best effort: a source that cannot be reached does not hold up the target's recovery, and its
// sessions only read.
func (e *Engine) endSourceSessions(ctx context.Context, spec Spec, sessions Sessions) {
	if len(sessions.Source) == 0 {
		return
	}
	source, err := connect(ctx, spec.Source)
	if err == nil {
		defer source.Close()
		err = endSessions(ctx, source, spec.Source.User, sessions.Source)
	}
	if err != nil {
		e.log.Warn("end sessions on the source", "error", err)
	}
}

// recoverSwap finishes a swap that was done and takes back what was prepared for one that was not, while no other copy
// into the database is at work.
func (e *Engine) recoverSwap(ctx context.Context, target *sql.DB, user string, in intent) (Outcome, error) {
	s := &swapper{Engine: e, target: target, user: user, sessions: &registry{}, in: in}
	defer s.giveUp()
	lock, err := takeLock(ctx, target, s.sessions, in.TargetDatabase)
	if err != nil {
		return Unclear, err
	}
	defer discard(lock)
	outcome, err := s.surely(ctx)
	if err == nil && outcome == Unclear {
		if err = s.settle(ctx); err == nil {
			outcome, err = s.surely(ctx)
		}
	}
	switch {
	case err != nil:
	case outcome == Completed:
		err = s.finish(ctx)
	case outcome == Clean:
		err = s.undo(ctx)
	}
	if err != nil {
		return Unclear, err
	}
	return outcome, nil
}
