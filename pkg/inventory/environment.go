package inventory

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

const (
	environmentKind = "environment"
	instanceKind    = "instance"
)

// ListEnvironments gives all environments, the closest to production first.
func (s *Service) ListEnvironments(ctx context.Context, _ event.Actor) ([]Environment, error) {
	return s.store.Environments(ctx)
}

// GetEnvironment fails with NotFound `environment_not_found`.
func (s *Service) GetEnvironment(ctx context.Context, _ event.Actor, id int64) (Environment, error) {
	return s.store.Environment(ctx, id)
}

// CreateEnvironment adds an environment. It fails with Conflict `name_taken`.
func (s *Service) CreateEnvironment(ctx context.Context, actor event.Actor, e Environment) (Environment, error) {
	if err := s.allow(ctx, actor, "environment.create", environmentKind, 0); err != nil {
		return Environment{}, err
	}
	e.ID, e.Version, e.Color = 0, 1, strings.ToLower(e.Color)
	if err := e.check(); err != nil {
		return Environment{}, err
	}
	if e.AllowSelfApproval && !actor.IsAdmin() {
		return Environment{}, s.adminOnly(ctx, actor, "environment.create", environmentKind, 0)
	}
	return s.store.CreateEnvironment(ctx, e, func(e Environment) Change {
		return changed(actor, environmentKind, "create", "created", e.ID, e.Name, nil, e.snapshot())
	})
}

// UpdateEnvironment changes an environment of that version; otherwise Conflict `version_conflict`.
func (s *Service) UpdateEnvironment(ctx context.Context, actor event.Actor, id int64, version int, p EnvironmentPatch) (Environment, error) {
	if err := s.allow(ctx, actor, "environment.update", environmentKind, id); err != nil {
		return Environment{}, err
	}
	updated, err := s.store.UpdateEnvironment(ctx, id, version, func(e *Environment) (Change, error) {
		known, before := *e, e.snapshot()
		set(&e.Name, p.Name)
		set(&e.Color, p.Color)
		set(&e.Rank, p.Rank)
		set(&e.Protected, p.Protected)
		set(&e.MayBeSource, p.MayBeSource)
		set(&e.MayBeTarget, p.MayBeTarget)
		set(&e.AllowSelfApproval, p.AllowSelfApproval)
		e.Color = strings.ToLower(e.Color)
		if err := e.check(); err != nil {
			return Change{}, err
		}
		if e.loosens(known) && !actor.IsAdmin() {
			return Change{}, errAdminOnly
		}
		return changed(actor, environmentKind, "update", "updated", id, e.Name, before, e.snapshot()), nil
	})
	if errors.Is(err, errAdminOnly) {
		return Environment{}, s.adminOnly(ctx, actor, "environment.update", environmentKind, id)
	}
	return updated, err
}

// loosens tells whether e needs fewer people than before to approve a ticket. DBAs review each other, so none of them
// may lift the rule that holds them.
func (e Environment) loosens(before Environment) bool {
	return before.Protected && !e.Protected || e.AllowSelfApproval && !before.AllowSelfApproval
}

// DeleteEnvironment removes an environment without instances; otherwise Conflict `in_use`.
func (s *Service) DeleteEnvironment(ctx context.Context, actor event.Actor, id int64, version int) error {
	if err := s.allow(ctx, actor, "environment.delete", environmentKind, id); err != nil {
		return err
	}
	return s.store.DeleteEnvironment(ctx, id, version, func(e Environment) Change {
		return changed(actor, environmentKind, "delete", "deleted", id, e.Name, e.snapshot(), nil)
	})
}

var colorForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

const maxRank = 1000

func (e Environment) check() error {
	var p problems
	p.line("name", e.Name, 1, maxName)
	if !colorForm.MatchString(e.Color) {
		p.add("color", "not_valid", "The colour has the form #rrggbb.")
	}
	if e.Rank < -maxRank || e.Rank > maxRank {
		p.add("rank", "out_of_range", "The rank is between -%d and %d.", maxRank, maxRank)
	}
	if e.Protected && e.AllowSelfApproval {
		p.add("allow_self_approval", "protected", "In a protected environment nobody approves their own ticket.")
	}
	return p.err()
}

type environmentSnapshot struct {
	Name              string `json:"name"`
	Color             string `json:"color"`
	Rank              int    `json:"rank"`
	Protected         bool   `json:"protected"`
	MayBeSource       bool   `json:"may_be_source"`
	MayBeTarget       bool   `json:"may_be_target"`
	AllowSelfApproval bool   `json:"allow_self_approval"`
}

func (e Environment) snapshot() any {
	return environmentSnapshot{e.Name, e.Color, e.Rank, e.Protected, e.MayBeSource, e.MayBeTarget, e.AllowSelfApproval}
}

// problems collects what is wrong with a request, field by field.
type problems []fault.Field

func (p *problems) add(name, code, format string, args ...any) {
	*p = append(*p, fault.OnField(name, code, format, args...).Fields...)
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Code: "invalid", Message: "Some fields are not valid.", Fields: p}
}
