package migration

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/inventory"
	"overmind/pkg/ticket"
)

// Plan is the engine's plan together with what an approval is bound to. It holds no credentials.
type Plan struct {
	engine.Plan
	Source   Identity `json:"source"`
	Target   Identity `json:"target"`
	Consents []string `json:"consents"` // the blocks and confirms that were found, in a form that can be compared
}

// pastCopies is how many earlier copies an estimate is taken from.
const pastCopies = 5

// Identity is a server as it was when it was looked at. A run against another one is refused.
type Identity struct {
	InstanceID        int64  `json:"instance_id"`
	ConnectionVersion int    `json:"connection_version"`
	Fingerprint       string `json:"fingerprint"`
}

// checked is a spec that was resolved and preflighted.
type checked struct {
	spec     engine.Spec
	plan     Plan
	findings []engine.Finding
}

// Preflight implements ticket.Kind.
func (m *Migration) Preflight(ctx context.Context, raw json.RawMessage) (ticket.Preflight, error) {
	s, err := parse(raw)
	if err != nil {
		return ticket.Preflight{}, err
	}
	c, err := m.preflight(ctx, s)
	if err != nil {
		return ticket.Preflight{}, err
	}
	plan, err := json.Marshal(c.plan)
	if err != nil {
		return ticket.Preflight{}, fmt.Errorf("encode plan: %w", err)
	}
	p := ticket.Preflight{Hash: consentsHash(c.plan.Consents), Plan: plan, Locks: locks(s, c.plan), At: time.Now().UTC()}
	for _, f := range c.findings {
		p.Findings = append(p.Findings, ticket.Finding{Level: string(f.Level), Code: f.Code, Objects: f.Objects,
			Message: byLanguage(f.Message), Remedy: byLanguage(f.Remedy)})
	}
	return p, nil
}

// preflight looks at both servers. A server that cannot be used is a finding.
func (m *Migration) preflight(ctx context.Context, s Spec) (checked, error) {
	c := checked{spec: s.engineSpec()}
	var err error
	c.spec.Source, c.plan.Source, err = m.resolve(ctx, s.Source.InstanceID, inventory.Read, &c)
	if err != nil {
		return c, err
	}
	c.spec.Target, c.plan.Target, err = m.resolve(ctx, s.Target.InstanceID, inventory.Load, &c)
	if err != nil {
		return c, err
	}
	if len(c.findings) == 0 {
		if c.plan.Plan, c.findings, err = m.engine.Preflight(ctx, c.spec); err != nil {
			return c, err
		}
	}
	if c.plan.Estimate != nil {
		past, err := m.history.Copies(ctx, s.Source.InstanceID, s.Target.InstanceID, pastCopies)
		if err != nil {
			return c, err
		}
		better := c.plan.Estimate.After(past, c.spec.Limits)
		c.plan.Estimate = &better
	}
	c.plan.Source.Fingerprint, c.plan.Target.Fingerprint = c.plan.SourceServer.Fingerprint, c.plan.TargetServer.Fingerprint
	c.plan.Consents = consents(c.findings)
	return c, nil
}

// resolve finds an instance's endpoint. What is wrong with the instance becomes a block; only an error of our own is one.
func (m *Migration) resolve(ctx context.Context, id int64, role inventory.Role, c *checked) (engine.Endpoint, Identity, error) {
	endpoint, instance, environment, err := m.inventory.Endpoint(ctx, id, role)
	identity := Identity{InstanceID: id, ConnectionVersion: instance.ConnectionVersion}
	if err == nil {
		err = allowed(environment, role)
	}
	if err == nil {
		lower(&c.spec.Limits, role, instance.Limits, 1)
		return endpoint, identity, nil
	}
	if ctx.Err() != nil || fault.As(err).Kind == fault.Internal {
		return endpoint, identity, err
	}
	side, zh := "source", "源实例"
	if role == inventory.Load {
		side, zh = "target", "目标实例"
	}
	said := fault.As(err)
	c.findings = append(c.findings, engine.Finding{Level: engine.Block, Code: side + "_unusable", Objects: []string{said.Code},
		Message: engine.Text{EN: "The " + side + " instance cannot be used: " + said.Message, ZH: zh + "无法使用：" + said.Message},
		Remedy:  engine.Text{EN: "Correct the instance in the inventory.", ZH: "请在实例清单中修正该实例。"}})
	return endpoint, identity, nil
}

// allowed repeats the direction rule, because an environment can change after a ticket was submitted.
func allowed(e inventory.Environment, role inventory.Role) error {
	if role == inventory.Load {
		return direction(inventory.Environment{MayBeSource: true}, e)
	}
	return direction(e, inventory.Environment{MayBeTarget: true})
}

// locks are what a run holds: nobody else may write the target database, nor replace the source while it is read.
func locks(s Spec, p Plan) []ticket.Lock {
	if p.Source.Fingerprint == "" || p.Target.Fingerprint == "" {
		return nil // blocked: it never runs with this plan
	}
	return []ticket.Lock{
		{Key: p.Target.Fingerprint + "/" + s.Target.Database, Exclusive: true},
		{Key: p.Source.Fingerprint + "/" + s.Source.Database},
		s.part(sourcePart, s.Source.InstanceID), s.part(targetPart, s.Target.InstanceID),
	}
}

// count is how a finding says how many rows an object has: `orders (≈ 1200)`.
var count = regexp.MustCompile(` \((≈ )?[0-9]+\)$`)

// consents lists the blocks and confirms by level, code and objects: not by their texts and counts, which change with
// every look.
func consents(findings []engine.Finding) []string {
	list := []string{}
	for _, f := range findings {
		if f.Level == engine.Note {
			continue
		}
		objects := slices.Clone(f.Objects)
		for i, o := range objects {
			objects[i] = count.ReplaceAllString(o, "")
		}
		slices.Sort(objects)
		list = append(list, fmt.Sprintf("%s %s %q", f.Level, f.Code, objects))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func consentsHash(list []string) string { return hash([]byte(strings.Join(list, "\n"))) }

func byLanguage(t engine.Text) map[string]string { return map[string]string{"en": t.EN, "zh": t.ZH} }
