package inventory

import (
	"context"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"

	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/secret"
)

// List gives instances by name.
func (s *Service) List(ctx context.Context, _ event.Actor, f Filter) ([]Instance, error) {
	return s.store.Instances(ctx, f)
}

// Get fails with NotFound `instance_not_found`.
func (s *Service) Get(ctx context.Context, _ event.Actor, id int64) (Instance, error) {
	return s.store.Instance(ctx, id)
}

// Create adds an instance. It fails with Conflict `name_taken`, Invalid on fields, among them `host_not_allowed`.
func (s *Service) Create(ctx context.Context, actor event.Actor, in Instance, pw Passwords) (Instance, error) {
	if err := s.allow(ctx, actor, "instance.create", instanceKind, 0); err != nil {
		return Instance{}, err
	}
	in, err := s.prepare(ctx, in, pw)
	if err != nil {
		return Instance{}, err
	}
	return s.store.CreateInstance(ctx, in, func(in Instance) (Change, error) {
		change := changed(actor, instanceKind, "create", "created", in.ID, in.Name, nil, in.snapshot())
		change.Sealed, err = s.seal(in, pw)
		return change, err
	})
}

// prepare fills in what may be left out, drops what is not the caller's to say, and checks all of it.
func (s *Service) prepare(ctx context.Context, in Instance, pw Passwords) (Instance, error) {
	if in.TLS == "" {
		in.TLS = engine.TLSPreferred
	}
	if in.WorkerGroup == "" {
		in.WorkerGroup = "default"
	}
	if in.Limits == (Limits{}) {
		in.Limits = DefaultLimits
	}
	in = Instance{Limits: in.Limits, Name: in.Name, EnvironmentID: in.EnvironmentID, Host: strings.ToLower(in.Host), Port: in.Port, TLS: in.TLS,
		TLSCA: in.TLSCA, ReadAccount: Account{User: in.ReadAccount.User, HasPassword: pw.Read.IsSet()},
		LoadAccount: Account{User: in.LoadAccount.User, HasPassword: pw.Load.IsSet()}, Labels: in.Labels, Owner: in.Owner,
		WorkerGroup: in.WorkerGroup, Disabled: in.Disabled, Version: 1, ConnectionVersion: 1, Health: HealthUnknown}
	if err := in.check(); err != nil {
		return Instance{}, err
	}
	if err := pw.check(in); err != nil {
		return Instance{}, err
	}
	_, err := s.policy.Resolve(ctx, in.Host, in.Port)
	return in, err
}

// Update changes an instance of that version; otherwise Conflict `version_conflict`. A change of host, port, TLS or user
// blanks the stored passwords of the accounts concerned unless they are given again: who may edit an address must not be
// able to have a password sent to it that somebody else entered.
func (s *Service) Update(ctx context.Context, actor event.Actor, id int64, version int, p InstancePatch, pw Passwords) (Instance, error) {
	if err := s.allow(ctx, actor, "instance.update", instanceKind, id); err != nil {
		return Instance{}, err
	}
	known, err := s.store.Instance(ctx, id)
	if err != nil {
		return Instance{}, err
	}
	if next := p.apply(known).EnvironmentID; next != known.EnvironmentID && !actor.IsAdmin() {
		left, err := s.store.Environment(ctx, known.EnvironmentID)
		if err != nil {
			return Instance{}, err
		}
		if left.Protected {
			return Instance{}, s.adminOnly(ctx, actor, "instance.update", instanceKind, id)
		}
	}
	// Resolving may take seconds, so it is done before the row is locked; the version ties the two together.
	if next := p.apply(known); next.Host != known.Host || next.Port != known.Port {
		if _, err := s.policy.Resolve(ctx, next.Host, next.Port); err != nil {
			return Instance{}, err
		}
	}
	return s.store.UpdateInstance(ctx, id, version, func(in *Instance) (Change, error) {
		before := *in
		*in = p.apply(before)
		if err := in.check(); err != nil {
			return Change{}, err
		}
		if err := pw.check(*in); err != nil {
			return Change{}, err
		}
		sealed, err := s.seal(*in, pw)
		if err != nil {
			return Change{}, err
		}
		in.settle(before, pw, sealed)
		change := changed(actor, instanceKind, "update", "updated", id, in.Name, before.snapshot(), in.snapshot())
		change.Sealed = sealed
		return change, nil
	})
}

func (p InstancePatch) apply(in Instance) Instance {
	set(&in.Name, p.Name)
	set(&in.EnvironmentID, p.EnvironmentID)
	set(&in.Host, p.Host)
	set(&in.Port, p.Port)
	set(&in.TLS, p.TLS)
	set(&in.TLSCA, p.TLSCA)
	set(&in.ReadAccount.User, p.ReadUser)
	set(&in.LoadAccount.User, p.LoadUser)
	set(&in.Labels, p.Labels)
	set(&in.Owner, p.Owner)
	set(&in.WorkerGroup, p.WorkerGroup)
	set(&in.Disabled, p.Disabled)
	set(&in.Limits, p.Limits)
	in.Host = strings.ToLower(in.Host)
	return in
}

// settle follows a change from before: which passwords go (written into sealed), and what is no longer known.
func (in *Instance) settle(before Instance, pw Passwords, sealed map[Role][]byte) {
	moved := in.Host != before.Host || in.Port != before.Port
	secured := in.TLS != before.TLS || in.TLSCA != before.TLSCA
	renamed := false
	for _, role := range []Role{Read, Load} {
		other := in.account(role).User != before.account(role).User
		renamed = renamed || other
		switch {
		case pw.of(role).IsSet():
			in.account(role).HasPassword = true
		case moved || secured || other:
			in.account(role).HasPassword = false
			sealed[role] = nil
		}
	}
	if moved || secured || renamed || in.EnvironmentID != before.EnvironmentID {
		in.ConnectionVersion++
	}
	if moved {
		in.Flavour, in.ServerVersion, in.Fingerprint = "", "", ""
		in.Health, in.HealthMessage = HealthUnknown, ""
	}
}

// Delete removes an instance that no ticket names; otherwise Conflict `in_use`.
func (s *Service) Delete(ctx context.Context, actor event.Actor, id int64, version int) error {
	if err := s.allow(ctx, actor, "instance.delete", instanceKind, id); err != nil {
		return err
	}
	return s.store.DeleteInstance(ctx, id, version, func(in Instance) Change {
		return changed(actor, instanceKind, "delete", "deleted", id, in.Name, in.snapshot(), nil)
	})
}

// seal encrypts the passwords that are given.
func (s *Service) seal(in Instance, pw Passwords) (map[Role][]byte, error) {
	sealed := map[Role][]byte{}
	for _, role := range []Role{Read, Load} {
		if !pw.of(role).IsSet() {
			continue
		}
		data, err := s.sealer.Seal(in.binding(role), pw.of(role))
		if err != nil {
			return nil, fmt.Errorf("seal the %s password of instance %d: %w", role, in.ID, err)
		}
		sealed[role] = data
	}
	return sealed, nil
}

// binding is what a sealed password belongs to; with any part of it changed the password cannot be opened.
func (in Instance) binding(role Role) string {
	return fmt.Sprintf("instance_secrets|%d|%s|%s|%s", in.ID, role, net.JoinHostPort(in.Host, strconv.Itoa(in.Port)), in.account(role).User)
}

func (in *Instance) account(role Role) *Account {
	if role == Load {
		return &in.LoadAccount
	}
	return &in.ReadAccount
}

func (pw Passwords) of(role Role) secret.String {
	if role == Load {
		return pw.Load
	}
	return pw.Read
}

// instanceSnapshot is an instance in an audit row; of a password only whether there is one.
type instanceSnapshot struct {
	Name          string            `json:"name"`
	EnvironmentID int64             `json:"environment_id"`
	Host          string            `json:"host"`
	Port          int               `json:"port"`
	TLS           engine.TLSMode    `json:"tls"`
	TLSCA         string            `json:"tls_ca,omitempty"`
	ReadUser      string            `json:"read_user"`
	ReadPassword  bool              `json:"has_read_password"`
	LoadUser      string            `json:"load_user"`
	LoadPassword  bool              `json:"has_load_password"`
	Labels        map[string]string `json:"labels,omitempty"`
	Owner         string            `json:"owner"`
	WorkerGroup   string            `json:"worker_group"`
	Disabled      bool              `json:"disabled"`
	Limits        Limits            `json:"limits"`
}

func (in Instance) snapshot() any {
	return instanceSnapshot{in.Name, in.EnvironmentID, in.Host, in.Port, in.TLS, in.TLSCA, in.ReadAccount.User,
		in.ReadAccount.HasPassword, in.LoadAccount.User, in.LoadAccount.HasPassword, maps.Clone(in.Labels), in.Owner, in.WorkerGroup, in.Disabled, in.Limits}
}
