package engine

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"overmind/pkg/fault"
)

// Recover cleans up after a run whose worker is gone: it kills the recorded sessions, looks at which names exist,
// finishes or undoes the swap, and drops staging. intent is nil when the commit point was not reached. An error means
// that it could not be done now and can be tried again.
func (e *Engine) Recover(ctx context.Context, spec Spec, names Names, sessions Sessions, stored Intent) (Outcome, Report, error) {
	target, err := connect(ctx, spec.Target)
	if err != nil {
		return Unclear, Report{}, err
	}
	defer target.Close()
	if err := endSessions(ctx, target, spec.Target.User, sessions.Target); err != nil {
		return Unclear, Report{}, err
	}
	e.endSourceSessions(ctx, spec, sessions)
	if len(stored) == 0 || string(stored) == "null" {
		return Clean, Report{}, dropSchema(ctx, target, names.Staging)
	}
	var in intent
	if err := json.Unmarshal(stored, &in); err != nil {
		return Unclear, Report{}, fault.Wrap(err, fault.Internal, "bad_intent", "The stored intent cannot be read.")
	}
	if in.Names != names || in.TargetDatabase != spec.TargetDatabase {
		return Unclear, Report{}, fault.New(fault.Internal, "bad_intent", "The stored intent belongs to another run.")
	}
	return e.recoverSwap(ctx, target, in)
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

func (e *Engine) recoverSwap(ctx context.Context, target *sql.DB, in intent) (Outcome, Report, error) {
	s := swapper{Engine: e, target: target, sessions: &registry{}, in: in}
	outcome, err := s.outcome(ctx)
	if err != nil {
		return Unclear, Report{}, err
	}
	switch outcome {
	case Completed:
		if err := s.finish(ctx); err != nil {
			return Unclear, in.Report, err
		}
		in.Report.Finished = time.Now().UTC()
		return Completed, in.Report, nil
	case Clean:
		if err := s.undo(ctx); err != nil {
			return Unclear, Report{}, err
		}
		return Clean, Report{}, dropSchema(ctx, target, in.Names.Staging)
	}
	return Unclear, Report{}, nil
}
