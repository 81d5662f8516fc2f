package engine

import (
	"context"

	"overmind/pkg/fault"
)

var errMissing = fault.New(fault.Unavailable, "engine_unavailable", "The copy engine is being built.")

// Preflight runs every check and returns the plan and all findings. An unreachable server is a block finding
// (`source_unreachable`, `target_unreachable`); an error means that there is no answer at all.
func (e *Engine) Preflight(ctx context.Context, spec Spec) (Plan, []Finding, error) {
	return Plan{}, nil, errMissing
}

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

// Probe connects and says what is there. Fault codes: unreachable, auth_failed, tls_failed, too_many_connections.
func (e *Engine) Probe(ctx context.Context, at Endpoint) (Server, error) { return Server{}, errMissing }

// Databases lists the schemas the account can see, without system schemas and our own.
func (e *Engine) Databases(ctx context.Context, at Endpoint) ([]Database, error) {
	return nil, errMissing
}

// Tables lists a database's tables and views. A database that is not there is fault code unknown_database.
func (e *Engine) Tables(ctx context.Context, at Endpoint, database string) ([]Table, error) {
	return nil, errMissing
}

// GrantsFor returns the exact statements that give user what a role (`read` or `load`) needs on database.
func GrantsFor(flavour Flavour, version, database, user, role string) []string { return nil }
