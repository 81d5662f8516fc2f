package migration

import (
	"context"
	"encoding/json"
	"fmt"

	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/inventory"
	"overmind/pkg/ticket"
)

// sameDatabase is the code for a copy of a database onto itself.
const sameDatabase = "same_server_same_schema"

// Inventory is what is asked about instances; *inventory.Service is one.
type Inventory interface {
	Get(ctx context.Context, actor event.Actor, id int64) (inventory.Instance, error)
	GetEnvironment(ctx context.Context, actor event.Actor, id int64) (inventory.Environment, error)
	// Endpoint checks and pins the address and opens the password.
	Endpoint(ctx context.Context, id int64, role inventory.Role) (engine.Endpoint, inventory.Instance, inventory.Environment, error)
}

// Engine copies; *engine.Engine is one.
type Engine interface {
	Undoer
	Probe(ctx context.Context, at engine.Endpoint) (engine.Server, error)
	Preflight(ctx context.Context, spec engine.Spec) (engine.Plan, []engine.Finding, error)
	Copy(ctx context.Context, spec engine.Spec, plan engine.Plan, names engine.Names, hooks engine.Hooks) (engine.Report, error)
	Recover(ctx context.Context, spec engine.Spec, names engine.Names, sessions engine.Sessions, intent engine.Intent) (engine.Outcome, engine.Report, error)
	DropStaging(ctx context.Context, target engine.Endpoint, schema string) error
}

// Undoer takes the swap of a copy back.
type Undoer interface {
	CheckUndo(ctx context.Context, s engine.Swapped) error
	Undo(ctx context.Context, s engine.Swapped, names engine.Names, hooks engine.Hooks) error
	RecoverUndo(ctx context.Context, at engine.Endpoint, sessions engine.Sessions, intent engine.Intent) (engine.Outcome, error)
}

// Migration is the kind. It implements ticket.Kind and job.Runner.
type Migration struct {
	inventory Inventory
	engine    Engine
	history   History
}

// History knows earlier copies; *store.Store is one.
type History interface {
	// Copies gives the latest finished copies between two instances.
	Copies(ctx context.Context, source, target int64, limit int) ([]engine.Past, error)
}

// New makes the kind.
func New(i Inventory, e Engine, h History) *Migration {
	return &Migration{inventory: i, engine: e, history: h}
}

// Name implements ticket.Kind.
func (m *Migration) Name() string { return Name }

// Kind implements job.Runner.
func (m *Migration) Kind() string { return Name }

// Canonical implements ticket.Kind. It asks the inventory, not the servers.
func (m *Migration) Canonical(ctx context.Context, raw json.RawMessage) (json.RawMessage, ticket.Subject, error) {
	s, err := parse(raw)
	if err != nil {
		return nil, ticket.Subject{}, err
	}
	source, from, err := m.instance(ctx, "spec.source.instance_id", s.Source.InstanceID)
	if err != nil {
		return nil, ticket.Subject{}, err
	}
	target, to, err := m.instance(ctx, "spec.target.instance_id", s.Target.InstanceID)
	if err != nil {
		return nil, ticket.Subject{}, err
	}
	if err := direction(from, to); err != nil {
		return nil, ticket.Subject{}, err
	}
	if source.Fingerprint != "" && source.Fingerprint == target.Fingerprint && s.Source.Database == s.Target.Database {
		return nil, ticket.Subject{}, fault.OnField("spec.target.database", sameDatabase,
			"Both instances are the same server, so source and target are the same database.")
	}
	text, err := s.canonical()
	if err != nil {
		return nil, ticket.Subject{}, fmt.Errorf("encode spec: %w", err)
	}
	return text, ticket.Subject{SourceInstanceID: source.ID, SourceDatabase: s.Source.Database,
		TargetInstanceID: target.ID, TargetDatabase: s.Target.Database, Tables: s.Tables}, nil
}

func (m *Migration) instance(ctx context.Context, field string, id int64) (inventory.Instance, inventory.Environment, error) {
	i, err := m.inventory.Get(ctx, event.System, id)
	if err != nil {
		if fault.As(err).Kind == fault.NotFound {
			err = fault.OnField(field, "instance_not_found", "There is no instance with the id %d.", id)
		}
		return i, inventory.Environment{}, err
	}
	if i.Disabled {
		return i, inventory.Environment{}, fault.OnField(field, "instance_disabled", "The instance %s is disabled.", i.Name)
	}
	e, err := m.inventory.GetEnvironment(ctx, event.System, i.EnvironmentID)
	return i, e, err
}

// direction refuses a copy that the environments do not allow.
func direction(from, to inventory.Environment) error {
	if !from.MayBeSource {
		return fault.OnField("spec.source.instance_id", "not_a_source", "The environment %s must not be copied from.", from.Name)
	}
	if !to.MayBeTarget {
		return fault.OnField("spec.target.instance_id", "not_a_target", "The environment %s must not be copied to.", to.Name)
	}
	return nil
}
