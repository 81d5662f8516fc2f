package inventory

import (
	"context"
	"time"

	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/secret"
)

// Change is what is written with a change: its event, its audit row and the sealed passwords, where nil removes one and an
// absent role keeps it.
type Change struct {
	Event  event.Event
	Audit  event.Audit
	Sealed map[Role][]byte
}

// Connection is an instance with its sealed passwords and its environment, as they are at one moment.
type Connection struct {
	Instance    Instance
	Environment Environment
	Sealed      map[Role][]byte
}

// Environments keeps environments. A missing one is NotFound `environment_not_found`, another version than the one given
// Conflict `version_conflict`, a name that exists Conflict `name_taken`.
type Environments interface {
	Environments(ctx context.Context) ([]Environment, error)
	Environment(ctx context.Context, id int64) (Environment, error)
	CreateEnvironment(ctx context.Context, e Environment, change func(e Environment) Change) (Environment, error)
	UpdateEnvironment(ctx context.Context, id int64, version int, fn func(e *Environment) (Change, error)) (Environment, error)
	// DeleteEnvironment fails with Conflict `in_use` where instances belong to it.
	DeleteEnvironment(ctx context.Context, id int64, version int, change func(e Environment) Change) error
}

// Instances keeps instances, with the same faults (`instance_not_found`).
type Instances interface {
	Instances(ctx context.Context, f Filter) ([]Instance, error)
	Instance(ctx context.Context, id int64) (Instance, error)
	Connection(ctx context.Context, id int64) (Connection, error)
	CreateInstance(ctx context.Context, in Instance, change func(in Instance) (Change, error)) (Instance, error)
	UpdateInstance(ctx context.Context, id int64, version int, fn func(in *Instance) (Change, error)) (Instance, error)
	// DeleteInstance fails with Conflict `in_use` where tickets name it.
	DeleteInstance(ctx context.Context, id int64, version int, change func(in Instance) Change) error
}

// Health keeps what was seen of the servers.
type Health interface {
	// ClaimProbes gives the enabled instances that were not probed for the time every, and notes the probe, so that no other
	// process gets them.
	ClaimProbes(ctx context.Context, every time.Duration) ([]int64, error)
	// SaveHealth lets fn see and change what is known of an instance of that connection version; it does nothing when there
	// is none. misses counts failed probes in a row.
	SaveHealth(ctx context.Context, id int64, connectionVersion int, fn func(in *Instance, misses *int) *event.Event) error
	// Record writes an audit row that goes with no change.
	Record(ctx context.Context, audit event.Audit) error
}

// Store keeps everything of the inventory.
type Store interface {
	Environments
	Instances
	Health
}

// Prober looks at a server; *engine.Engine is one.
type Prober interface {
	Probe(ctx context.Context, at engine.Endpoint) (engine.Server, error)
	// Missing gives the GRANT statements that the account still needs for its role, whatever is copied.
	Missing(ctx context.Context, at engine.Endpoint, role string) ([]string, error)
	Databases(ctx context.Context, at engine.Endpoint) ([]engine.Database, error)
	Tables(ctx context.Context, at engine.Endpoint, database string) ([]engine.Table, error)
}

// Sealer protects passwords at rest; *secret.Keys is one.
type Sealer interface {
	Seal(aad string, value secret.String) ([]byte, error)
	Open(aad string, sealed []byte) (secret.String, error)
}
