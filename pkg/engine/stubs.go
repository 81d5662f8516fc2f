package engine

import (
	"context"

	"overmind/pkg/fault"
)

var errMissing = fault.New(fault.Unavailable, "engine_unavailable", "The copy engine is being built.")

// Copy runs a plan. On error before the commit point the target is as before and staging is gone. The error is a
// *fault.Error with a stable code; *Uncertain in its chain says "after the commit point, needs attention".
func (e *Engine) Copy(ctx context.Context, spec Spec, plan Plan, names Names, hooks Hooks) (Report, error) {
	return Report{}, errMissing
}

// Recover cleans up after a run whose worker is gone: it kills the recorded sessions, looks at which names exist,
// finishes or undoes the swap, and drops staging. intent is nil when the commit point was not reached.
func (e *Engine) Recover(ctx context.Context, spec Spec, names Names, sessions Sessions, intent Intent) (Outcome, Report, error) {
	return Unclear, Report{}, errMissing
}

// ListStaging lists the schemas that Overmind has left on a server.
func (e *Engine) ListStaging(ctx context.Context, target Endpoint) ([]StagingSchema, error) {
	return nil, errMissing
}

// DropStaging drops one of them, a table at a time. Any other name is refused.
func (e *Engine) DropStaging(ctx context.Context, target Endpoint, schema string) error {
	return errMissing
}

// GrantsFor returns the exact statements that give user what a role (`read` or `load`) needs on database.
func GrantsFor(flavour Flavour, version, database, user, role string) []string { return nil }
