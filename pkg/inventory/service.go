package inventory

import (
	"context"
	"errors"
	"log/slog"

	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/secret"
)

// Store keeps environments and instances.
type Store interface{}

// Prober looks at a server; *engine.Engine is one.
type Prober interface {
	Probe(ctx context.Context, at engine.Endpoint) (engine.Server, error)
	Databases(ctx context.Context, at engine.Endpoint) ([]engine.Database, error)
	Tables(ctx context.Context, at engine.Endpoint, database string) ([]engine.Table, error)
}

// Sealer protects passwords at rest; *secret.Keys is one.
type Sealer interface {
	Seal(aad string, value secret.String) ([]byte, error)
	Open(aad string, sealed []byte) (secret.String, error)
}

// Options are what the service works with.
type Options struct {
	Store  Store
	Sealer Sealer
	Prober Prober
	Policy AddressPolicy
	Log    *slog.Logger
}

// Service is the use cases of the inventory. Everybody signed in may read; staff may change.
type Service struct{ o Options }

// New makes the service.
func New(o Options) *Service { return &Service{o: o} }

var errSoon = errors.New("not built yet")

// ListEnvironments gives all environments, the closest to production first.
func (s *Service) ListEnvironments(ctx context.Context, actor event.Actor) ([]Environment, error) {
	return nil, errSoon
}

// GetEnvironment fails with NotFound `environment_not_found`.
func (s *Service) GetEnvironment(ctx context.Context, actor event.Actor, id int64) (Environment, error) {
	return Environment{}, errSoon
}

// CreateEnvironment adds an environment. It fails with Conflict `name_taken`.
func (s *Service) CreateEnvironment(ctx context.Context, actor event.Actor, e Environment) (Environment, error) {
	return Environment{}, errSoon
}

// UpdateEnvironment changes an environment of that version; otherwise Conflict `version_conflict`.
func (s *Service) UpdateEnvironment(ctx context.Context, actor event.Actor, id int64, version int, p EnvironmentPatch) (Environment, error) {
	return Environment{}, errSoon
}

// DeleteEnvironment removes an environment without instances; otherwise Conflict `in_use`.
func (s *Service) DeleteEnvironment(ctx context.Context, actor event.Actor, id int64, version int) error {
	return errSoon
}

// List gives instances by name.
func (s *Service) List(ctx context.Context, actor event.Actor, f Filter) ([]Instance, error) {
	return nil, errSoon
}

// Get fails with NotFound `instance_not_found`.
func (s *Service) Get(ctx context.Context, actor event.Actor, id int64) (Instance, error) {
	return Instance{}, errSoon
}

// Create adds an instance. It fails with Conflict `name_taken` and with Invalid `host_not_allowed`.
func (s *Service) Create(ctx context.Context, actor event.Actor, in Instance, p Passwords) (Instance, error) {
	return Instance{}, errSoon
}

// Update changes an instance of that version; otherwise Conflict `version_conflict`. A change of host, port, TLS or user
// blanks the stored passwords of the accounts concerned unless they are given again.
func (s *Service) Update(ctx context.Context, actor event.Actor, id int64, version int, p InstancePatch, pw Passwords) (Instance, error) {
	return Instance{}, errSoon
}

// Delete removes an instance that no ticket names; otherwise Conflict `in_use`.
func (s *Service) Delete(ctx context.Context, actor event.Actor, id int64, version int) error {
	return errSoon
}

// Test connects with both accounts of an instance and saves what it detects. A failed connection is a result, not an error.
func (s *Service) Test(ctx context.Context, actor event.Actor, id int64) ([]TestResult, error) {
	return nil, errSoon
}

// TestNew does the same for an instance that is not saved; the accounts without a password are left out.
func (s *Service) TestNew(ctx context.Context, actor event.Actor, in Instance, p Passwords) ([]TestResult, error) {
	return nil, errSoon
}

// Databases lists the databases of a server now, without system and staging schemas; at most 10 s.
func (s *Service) Databases(ctx context.Context, actor event.Actor, id int64) ([]engine.Database, error) {
	return nil, errSoon
}

// Tables lists the tables and views of a database now; at most 10 s.
func (s *Service) Tables(ctx context.Context, actor event.Actor, id int64, database string) ([]engine.Table, error) {
	return nil, errSoon
}

// Grants gives the GRANT statements that the read and the load account of an instance need for a database.
func (s *Service) Grants(ctx context.Context, actor event.Actor, id int64, database string) (read, load []string, err error) {
	return nil, nil, errSoon
}

// Endpoint gives what is needed to connect as one of an instance's accounts: the address is checked and pinned, the
// password opened. It fails with Conflict `instance_disabled` or `secret_required` and Invalid `host_not_allowed`.
func (s *Service) Endpoint(ctx context.Context, id int64, role Role) (engine.Endpoint, Instance, Environment, error) {
	return engine.Endpoint{}, Instance{}, Environment{}, errSoon
}

// HealthLoop probes each instance every 60 s until ctx ends; several processes share the work. Three misses in a row make
// an `instance.unreachable` event, the next success `instance.recovered`.
func (s *Service) HealthLoop(ctx context.Context) error { return errSoon }
