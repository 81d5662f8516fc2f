package migration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/inventory"
	"overmind/pkg/job"
)

// Evidence is the report of a run: what was copied, and what had been approved.
type Evidence struct {
	engine.Report
	SpecHash     string   `json:"spec_hash"`
	FindingsHash string   `json:"findings_hash"`
	SourcePlace  Identity `json:"source_identity"`
	TargetPlace  Identity `json:"target_identity"`
}

// run is one execution of an approved ticket.
type run struct {
	*Migration
	job      job.Job
	control  job.Control
	spec     Spec
	approved Plan
	phase    engine.Phase
}

// Run implements job.Runner: it copies exactly what was approved, or nothing; or it takes an earlier run's swap back.
func (m *Migration) Run(ctx context.Context, j job.Job, c job.Control) job.Verdict {
	r, err := m.open(j, c)
	if err != nil {
		return failed(err)
	}
	if j.Undo != nil {
		return r.undo(ctx)
	}
	c.Progress(string(engine.PhasePreflight), nil)
	now, err := r.stillApproved(ctx)
	if err != nil {
		return verdict(ctx, err)
	}
	c.Log().Info("as approved", "attempt", j.Attempt)
	names := engine.NewNames(j.Fence)
	if err := tell(ctx, c.Names, names); err != nil {
		return verdict(ctx, err)
	}
	if now.spec.Limits, err = r.limits(ctx); err != nil {
		return verdict(ctx, err)
	}
	report, err := m.engine.Copy(ctx, now.spec, now.plan.Plan, names, engine.Hooks{
		Limits:   r.limits,
		Progress: r.progress,
		Sessions: func(ctx context.Context, ids engine.Sessions) error { return tell(ctx, c.Sessions, ids) },
		Commit:   r.commit,
		Undoable: true,
		Log:      c.Log(),
	})
	var uncertain *engine.Uncertain
	var unclean *engine.Unclean
	switch {
	case errors.As(err, &unclean): // a re-check removes it
		said := fault.As(err)
		return job.Verdict{State: job.NeedsAttention, Code: said.Code, Message: said.Message}
	case errors.As(err, &uncertain):
		said := fault.As(err)
		return job.Verdict{State: job.NeedsAttention, Code: said.Code, Message: said.Message, Report: r.evidence(uncertain.Report)}
	case err != nil:
		return verdict(ctx, err)
	}
	return r.succeeded(report, names)
}

// open reads what the job holds and proves that it is what was approved.
func (m *Migration) open(j job.Job, c job.Control) (*run, error) {
	r := &run{Migration: m, job: j, control: c}
	if got := hash(j.Spec); got != j.SpecHash {
		return nil, stale("The stored spec is not the approved one.")
	}
	var err error
	if r.spec, err = parse(j.Spec); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(j.Plan, &r.approved); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "bad_plan", "The stored plan cannot be read.")
	}
	if consentsHash(r.approved.Consents) != j.FindingsHash {
		return nil, stale("The stored plan is not the approved one.")
	}
	return r, nil
}

// passing are the blocks that say nothing about what was approved: trying again may help.
var passing = []string{"source_unreachable", "target_unreachable", "preflight_unfinished"}

// stillApproved looks again and compares with what the reviewer saw.
func (r *run) stillApproved(ctx context.Context) (checked, error) {
	now, err := r.preflight(ctx, r.spec)
	if err != nil {
		return now, err
	}
	for _, f := range now.findings {
		switch {
		case f.Level != engine.Block:
		case slices.Contains(passing, f.Code):
			return now, fault.New(fault.Unavailable, f.Code, "%s", f.Message.EN)
		default:
			return now, stale("Preflight blocks it now: %s", f.Message.EN)
		}
	}
	switch {
	case now.plan.Source != r.approved.Source:
		return now, stale("The source is another server, or its connection has been changed.")
	case now.plan.Target != r.approved.Target:
		return now, stale("The target is another server, or its connection has been changed.")
	case now.plan.TargetDigest != r.approved.TargetDigest:
		return now, stale("What would be replaced on the target has changed.")
	}
	for _, consent := range now.plan.Consents {
		if !slices.Contains(r.approved.Consents, consent) {
			return now, stale("Preflight finds something new: %s.", consent)
		}
	}
	return now, nil
}

func stale(format string, args ...any) error {
	return fault.New(fault.Conflict, "approval_stale", "The approval no longer holds. "+format, args...)
}

const noteLimit = 2 * time.Second

// progress runs on the engine's own goroutine, so a note gets little time and its loss is no failure.
func (r *run) progress(p engine.Progress) {
	text, err := json.Marshal(p)
	if err != nil {
		return
	}
	r.control.Progress(string(p.Phase), text)
	if p.Phase == r.phase {
		return
	}
	r.phase = p.Phase
	ctx, cancel := context.WithTimeout(context.Background(), noteLimit)
	defer cancel()
	_ = r.control.Note(ctx, "ticket.phase", map[string]any{"phase": p.Phase, "rows_done": p.RowsDone})
}

// commit asks once more whether these are the approved servers, and then for the point of no return.
func (r *run) commit(ctx context.Context, intent engine.Intent) error {
	for _, side := range []struct {
		role     inventory.Role
		approved Identity
	}{{inventory.Read, r.approved.Source}, {inventory.Load, r.approved.Target}} {
		_, instance, environment, err := r.inventory.Endpoint(ctx, side.approved.InstanceID, side.role)
		if err == nil {
			err = allowed(environment, side.role)
		}
		if err != nil {
			return err
		}
		if instance.ConnectionVersion != side.approved.ConnectionVersion {
			return stale("The connection of instance %s was changed during the copy.", instance.Name)
		}
	}
	return r.control.Commit(ctx, intent)
}

func (r *run) succeeded(report engine.Report, names engine.Names) job.Verdict {
	kept := job.Kept{InstanceID: r.spec.Target.InstanceID, Fingerprint: r.approved.Target.Fingerprint,
		Database: r.spec.Target.Database, Names: touched(report, r.approved.Replaces), Digest: report.TargetDigest}
	if report.OldKept {
		kept.Schema = names.Old
	}
	v := job.Verdict{State: job.Succeeded, Report: r.evidence(report), Kept: &kept}
	for _, t := range report.Tables {
		v.Moved.Rows += t.Rows
		v.Moved.Bytes += t.Bytes
	}
	return v
}

// touched names everything that a swap brought or replaced, with its kind.
func touched(report engine.Report, replaced []string) []string {
	names := slices.Clone(replaced)
	for _, t := range report.Tables {
		names = append(names, "table "+t.Name)
	}
	for kind, list := range map[string][]string{"view": report.Views, "trigger": report.Triggers, "event": report.Events} {
		for _, name := range list {
			names = append(names, kind+" "+name)
		}
	}
	return append(names, report.Routines...) // which say their kind
}

func (r *run) evidence(report engine.Report) json.RawMessage {
	text, err := json.Marshal(Evidence{Report: report, SpecHash: r.job.SpecHash, FindingsHash: r.job.FindingsHash,
		SourcePlace: r.approved.Source, TargetPlace: r.approved.Target})
	if err != nil {
		return nil // a Report is plain data
	}
	return text
}

// verdict says how a run ended that did not reach its commit point. What stopped it counts more than what broke then.
func verdict(ctx context.Context, err error) job.Verdict {
	said, cause := fault.As(err), context.Cause(ctx)
	switch {
	case errors.Is(cause, job.ErrCancelled), fault.Is(err, "cancelled") && cause == nil:
		return job.Verdict{State: job.Cancelled, Code: "cancelled", Message: said.Message}
	case errors.Is(cause, job.ErrShutdown), fault.Is(err, "shutdown"):
		return job.Verdict{State: job.Released, Code: "shutdown", Message: "The worker was shut down."}
	}
	return failed(err)
}

func failed(err error) job.Verdict {
	said := fault.As(err)
	return job.Verdict{State: job.Failed, Code: said.Code, Message: said.Message}
}

// tell stores a value through one of the control's writers.
func tell(ctx context.Context, write func(context.Context, json.RawMessage) error, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return write(ctx, text)
}
