package inventory

import (
	"context"
	"strings"
	"time"

	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

// lookTime bounds how long somebody waits for what a server has to say.
const lookTime = 10 * time.Second

// Test connects with both accounts of an instance and saves what it detects. A failed connection is a result, not an error.
func (s *Service) Test(ctx context.Context, actor event.Actor, id int64) ([]TestResult, error) {
	if err := s.allow(ctx, actor, "instance.test", instanceKind, id); err != nil {
		return nil, err
	}
	c, err := s.store.Connection(ctx, id)
	if err != nil {
		return nil, err
	}
	var results []TestResult
	for _, role := range []Role{Read, Load} {
		if c.Instance.account(role).User == "" {
			continue
		}
		result := s.test(ctx, c.Instance, role, func() (secret.String, error) { return s.open(c, role) })
		results = append(results, result)
		if !result.OK { // somebody trying out a password is no reason to call the server down
			continue
		}
		if err := s.saveHealth(ctx, c.Instance, result); err != nil {
			return nil, err
		}
	}
	return results, s.store.Record(ctx, event.Audit{Action: "instance.test", Aggregate: instanceKind, SubjectID: id, Actor: actor, After: event.Encode(outcomes(results))})
}

// TestNew does the same for an instance that is not saved; the accounts without a password are left out.
func (s *Service) TestNew(ctx context.Context, actor event.Actor, in Instance, pw Passwords) ([]TestResult, error) {
	if err := s.allow(ctx, actor, "instance.test", instanceKind, 0); err != nil {
		return nil, err
	}
	if in.Name == "" {
		in.Name = "new" // a name is not needed yet
	}
	in, err := s.prepare(ctx, in, pw)
	if err != nil {
		return nil, err
	}
	if !pw.Read.IsSet() && !pw.Load.IsSet() {
		return nil, fault.OnField("read_password", "required", "Give the password of the account to be tested.")
	}
	var results []TestResult
	for _, role := range []Role{Read, Load} {
		if password := pw.of(role); password.IsSet() {
			results = append(results, s.test(ctx, in, role, func() (secret.String, error) { return password, nil }))
		}
	}
	address := map[string]any{"host": in.Host, "port": in.Port, "results": outcomes(results)}
	return results, s.store.Record(ctx, event.Audit{Action: "instance.test", Aggregate: instanceKind, Actor: actor, After: event.Encode(address)})
}

// outcomes are what the audit row says about a test.
func outcomes(results []TestResult) map[Role]string {
	codes := map[Role]string{}
	for _, r := range results {
		codes[r.Role] = r.Code
	}
	return codes
}

func (s *Service) test(ctx context.Context, in Instance, role Role, password func() (secret.String, error)) TestResult {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	server, missing, err := s.probe(ctx, in, role, password)
	result := TestResult{Role: role, OK: err == nil, Code: codeOK, Server: server, Missing: missing}
	switch {
	case err != nil:
		result.Code = fault.As(err).Code
	case len(missing) > 0:
		result.Code = codeGrants
	}
	result.Message = describe(result, in, err)
	return result
}

func (s *Service) probe(ctx context.Context, in Instance, role Role, password func() (secret.String, error)) (engine.Server, []string, error) {
	value, err := password()
	if err != nil {
		return engine.Server{}, nil, err
	}
	at, err := s.endpoint(ctx, in, role, value)
	if err != nil {
		return engine.Server{}, nil, err
	}
	server, err := s.prober.Probe(ctx, at)
	if err != nil {
		return engine.Server{}, nil, err
	}
	missing, err := s.prober.Missing(ctx, at, string(role))
	return server, missing, err
}

// endpoint checks the address once more, because names move, and pins it.
func (s *Service) endpoint(ctx context.Context, in Instance, role Role, password secret.String) (engine.Endpoint, error) {
	address, err := s.policy.Resolve(ctx, in.Host, in.Port)
	if err != nil {
		return engine.Endpoint{}, err
	}
	return engine.Endpoint{Host: in.Host, Address: address.String(), Port: in.Port, User: in.account(role).User,
		Password: password, TLS: in.TLS, TLSCA: in.TLSCA}, nil
}

// open decrypts a stored password.
func (s *Service) open(c Connection, role Role) (secret.String, error) {
	sealed := c.Sealed[role]
	if sealed == nil {
		return secret.String{}, fault.New(fault.Conflict, "secret_required",
			"Instance %s has no password for its %s account. Enter it in the inventory.", c.Instance.Name, role)
	}
	return s.sealer.Open(c.Instance.binding(role), sealed)
}

// Endpoint gives what is needed to connect as one of an instance's accounts: the address is checked and pinned, the
// password opened. It fails with Conflict `instance_disabled` or `secret_required` and Invalid `host_not_allowed`.
func (s *Service) Endpoint(ctx context.Context, id int64, role Role) (engine.Endpoint, Instance, Environment, error) {
	c, err := s.store.Connection(ctx, id)
	if err != nil {
		return engine.Endpoint{}, Instance{}, Environment{}, err
	}
	if c.Instance.Disabled {
		return engine.Endpoint{}, c.Instance, c.Environment, fault.New(fault.Conflict, "instance_disabled", "Instance %s is disabled.", c.Instance.Name)
	}
	password, err := s.open(c, role)
	if err != nil {
		return engine.Endpoint{}, c.Instance, c.Environment, err
	}
	at, err := s.endpoint(ctx, c.Instance, role, password)
	return at, c.Instance, c.Environment, err
}

// Databases lists the databases of a server now, without system and staging schemas; at most 10 s.
func (s *Service) Databases(ctx context.Context, _ event.Actor, id int64) ([]engine.Database, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	at, err := s.reader(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.prober.Databases(ctx, at)
}

// Tables lists the tables and views of a database now; at most 10 s. It fails with NotFound `unknown_database`, also for
// system and staging schemas.
func (s *Service) Tables(ctx context.Context, _ event.Actor, id int64, database string) ([]engine.Table, error) {
	if engine.IsOwnSchema(database) || engine.IsSystemSchema(database) {
		return nil, fault.New(fault.NotFound, "unknown_database", "There is no database %q here.", database)
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	at, err := s.reader(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.prober.Tables(ctx, at, database)
}

// reader is the account to look with: the read account, or the load account where there is only that.
func (s *Service) reader(ctx context.Context, id int64) (engine.Endpoint, error) {
	in, err := s.store.Instance(ctx, id)
	if err != nil {
		return engine.Endpoint{}, err
	}
	at, _, _, err := s.Endpoint(ctx, id, in.looker())
	return at, err
}

func (in Instance) looker() Role {
	if !in.ReadAccount.HasPassword && in.LoadAccount.HasPassword {
		return Load
	}
	return Read
}

// Grants gives the GRANT statements that the read and the load account of an instance need for a database. They are for
// MySQL 8 until a test has seen the server.
func (s *Service) Grants(ctx context.Context, actor event.Actor, id int64, database string) (read, load []string, err error) {
	in, err := s.store.Instance(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if strings.TrimSpace(database) == "" || !isLine(database) || len([]rune(database)) > 64 {
		return nil, nil, fault.OnField("database", "not_valid", "Name the database that is to be copied.")
	}
	if engine.IsOwnSchema(database) || engine.IsSystemSchema(database) {
		return nil, nil, fault.OnField("database", "system_schema", "This database belongs to the server or to Overmind.")
	}
	return in.grants(database, Read), in.grants(database, Load), nil
}

func (in Instance) grants(database string, role Role) []string {
	user := in.account(role).User
	if user == "" {
		return []string{}
	}
	flavour, version := in.Flavour, in.ServerVersion
	if flavour == "" {
		flavour, version = engine.MySQL, "8.4.0"
	}
	return engine.GrantsFor(flavour, version, database, user, string(role))
}
