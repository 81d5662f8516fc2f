package migration

import (
	"context"
	"encoding/json"
	"errors"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/inventory"
	"overmind/pkg/job"
	"overmind/pkg/ticket"
)

// CheckUndo implements ticket.Kind.
func (m *Migration) CheckUndo(ctx context.Context, t ticket.Ticket, s ticket.Swap) error {
	r, err := m.open(job.Job{Spec: t.Spec, SpecHash: t.SpecHash, Plan: t.Preflight.Plan, FindingsHash: t.Preflight.Hash}, nil)
	if err != nil {
		return err
	}
	at, err := r.sameTarget(ctx)
	if err != nil {
		return err
	}
	return m.engine.CheckUndo(ctx, engine.Swapped{Target: at, Intent: s.Intent, Digest: s.Digest})
}

// undo takes the swap of an earlier run back. Nothing is approved anew: the DBA who asked for it has decided.
func (r *run) undo(ctx context.Context) job.Verdict {
	r.control.Progress(string(engine.PhasePreflight), nil)
	at, err := r.sameTarget(ctx)
	if err != nil {
		return undoVerdict(ctx, err)
	}
	names := engine.NewNames(r.job.Fence)
	if err := tell(ctx, r.control.Names, names); err != nil {
		return undoVerdict(ctx, err)
	}
	err = r.engine.Undo(ctx, engine.Swapped{Target: at, Intent: r.job.Undo.Intent, Digest: r.job.Undo.Digest}, names, engine.Hooks{
		Progress: func(p engine.Progress) { r.control.Progress(string(p.Phase), nil) },
		Sessions: func(ctx context.Context, ids engine.Sessions) error { return tell(ctx, r.control.Sessions, ids) },
		Commit:   r.control.Commit,
		Log:      r.control.Log(),
	})
	if err != nil {
		return undoVerdict(ctx, err)
	}
	return r.undone(names)
}

func (r *run) undone(names engine.Names) job.Verdict {
	return job.Verdict{State: job.Succeeded, Kept: &job.Kept{Schema: names.Staging}}
}

// undoVerdict says how an undo ended that was not done, or that may have been.
func undoVerdict(ctx context.Context, err error) job.Verdict {
	var uncertain *engine.Uncertain
	if errors.As(err, &uncertain) {
		said := fault.As(err)
		return job.Verdict{State: job.NeedsAttention, Code: said.Code, Message: said.Message}
	}
	v := verdict(ctx, err)
	if v.State != job.Released {
		v.Message = "The copy is still in place. " + v.Message
	}
	return v
}

// recoverUndo cleans up after a dead undo.
func (r *run) recoverUndo(ctx context.Context, names engine.Names, sessions engine.Sessions) (job.Verdict, error) {
	at, err := r.sameTarget(ctx)
	if err != nil {
		return job.Verdict{}, err
	}
	outcome, err := r.engine.RecoverUndo(ctx, at, sessions, r.job.Intent)
	switch {
	case err != nil:
		return job.Verdict{}, err
	case outcome == engine.Clean:
		return job.Verdict{State: job.Released}, nil
	case outcome == engine.Completed:
		return r.undone(names), nil
	}
	return swapUnclear(nil), nil
}

func swapUnclear(report json.RawMessage) job.Verdict {
	return job.Verdict{State: job.NeedsAttention, Code: "swap_unclear", Report: report,
		Message: "The worker died during the swap, and the names on the target fit neither the state before nor the one after it."}
}

// DropKept implements job.Runner.
func (m *Migration) DropKept(ctx context.Context, k job.Kept) error {
	if k.Schema == "" {
		return nil // the copy replaced nothing
	}
	endpoint, _, _, err := m.inventory.Endpoint(ctx, k.InstanceID, inventory.Load)
	if err != nil {
		return err
	}
	if err := m.isServer(ctx, endpoint, k.Fingerprint); err != nil {
		return err
	}
	return m.engine.DropStaging(ctx, endpoint, k.Schema)
}
