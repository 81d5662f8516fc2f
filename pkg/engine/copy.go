package engine

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"overmind/pkg/engine/native"
	"overmind/pkg/engine/pipe"
	"overmind/pkg/fault"
)

// run is one Copy.
type run struct {
	*Engine
	spec       Spec
	plan       Plan
	names      Names
	hooks      Hooks
	source     *sql.DB
	target     *sql.DB
	lock       *sql.Conn // holds the GET_LOCK; its loss before the swap ends the run
	sessions   registry
	progress   *progress
	gate       *gate
	protection protection
	executor   Executor // that moves all tables: native or pipe

	translation *Translation

	brings  contents // what is copied, as the source has it now
	state   targetState
	tables  []*stagedTable
	job     *native.Job // moves them, if they are moved natively
	objects []object
	keep    map[string]bool // definers
	report  Report

	computing []string // see readComputing
}

// stagedTable is one table on its way.
type stagedTable struct {
	name       string
	definition string // SHOW CREATE TABLE on the source
	translated string // the same for the target
	made       string // when, by the source
	ddl        tableDDL
	rows       *pipe.Table // one of these two moves the rows
	native     *native.Table
	beside     *beside // nil = its rows are stored in itself
	planned    PlannedTable
	finishing  finishing
}

// counter says how far a table's rows have been moved.
type counter interface {
	Rows() int64
	Bytes() int64
	Compared() int64 // bytes read back
	Began() bool
	Duration() time.Duration
}

func (t *stagedTable) moved() counter {
	if t.native != nil {
		return t.native
	}
	return t.rows
}

// Copy runs a plan. On error before the commit point the target is as before and staging is gone. The error is a
// *fault.Error with a stable code; *Uncertain in its chain says "after the commit point, needs attention".
func (e *Engine) Copy(ctx context.Context, spec Spec, plan Plan, names Names, hooks Hooks) (Report, error) {
	if err := spec.Validate(); err != nil {
		return Report{}, err
	}
	if !IsOwnSchema(names.Staging) || names.Old != names.Staging+"_old" {
		return Report{}, fault.New(fault.Internal, "bad_names", "The names of a run must be made with NewNames.")
	}
	e = e.logging(hooks)
	r := &run{Engine: e, spec: spec, plan: plan, names: names, hooks: hooks, executor: plan.executor(spec), gate: newGate(spec.Limits.BytesPerSecond), sessions: registry{report: hooks.Sessions}}
	r.report = Report{Started: time.Now().UTC(), Tools: map[string]string{}}
	r.progress = newProgress(hooks.Progress, plan)
	defer r.progress.stop()
	err := r.copy(ctx)
	if err == nil {
		r.progress.phase(PhaseDone)
		return r.report, nil
	}
	return r.report, asFault(ctx, "copy", err)
}

// asFault gives every error of a copy or an undo a code; one that was told to stop says so, whatever broke because of it.
func asFault(ctx context.Context, what string, err error) error {
	var known *fault.Error
	var uncertain *Uncertain
	var unclean *Unclean
	switch {
	case errors.As(err, &unclean):
		return err
	case errors.As(err, &uncertain):
		return fault.Wrap(err, fault.Unavailable, "needs_attention",
			"The %s broke off after its commit point: %s", what, fault.As(failed(uncertain.Cause, "", "")).Message)
	case ctx.Err() != nil && errors.As(context.Cause(ctx), &known):
		return known
	case ctx.Err() != nil:
		return fault.Wrap(err, fault.Unavailable, "cancelled", "The %s was cancelled; the target is as before.", what)
	}
	return failed(err, what+"_failed", "The "+what+" failed: ")
}

// failed gives an error that has no code one, with the words of the server after those of ours.
func failed(err error, code, ours string) error {
	var known *fault.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case lost(err):
		return fault.Wrap(err, fault.Unavailable, "connection_lost", "A connection to one of the servers was lost.")
	}
	return fault.Wrap(err, fault.Invalid, code, "%s%s", ours, serverText(err))
}

func (r *run) copy(ctx context.Context) error {
	err := r.connect(ctx)
	if err != nil {
		return err
	}
	defer r.source.Close()
	defer r.target.Close()
	if r.lock, err = takeLock(ctx, r.target, &r.sessions, r.spec.TargetDatabase); err != nil {
		return err
	}
	defer discard(r.lock)
	defer r.watch(ctx)()
	intent, err := r.prepare(ctx)
	if err != nil {
		return r.cleanUp(ctx, err)
	}
	// the owner has said yes: from here on the run finishes or undoes, whatever ctx says
	return r.swapAndFinish(context.WithoutCancel(ctx), intent)
}

func (r *run) connect(ctx context.Context) error {
	var err error
	if r.source, err = connect(ctx, r.spec.Source); err != nil {
		return err
	}
	if r.target, err = connect(ctx, r.spec.Target); err != nil {
		return errors.Join(err, r.source.Close())
	}
	err = r.identify(ctx)
	if err != nil {
		return errors.Join(err, r.source.Close(), r.target.Close())
	}
	return nil
}

// identify makes sure that these are the servers the plan was made for.
func (r *run) identify(ctx context.Context) error {
	var err error
	if r.report.Source, err = identify(ctx, r.source); err != nil {
		return err
	}
	if r.report.Target, err = identify(ctx, r.target); err != nil {
		return err
	}
	for _, s := range [][2]Server{{r.plan.SourceServer, r.report.Source}, {r.plan.TargetServer, r.report.Target}} {
		if s[0].Fingerprint != "" && s[0].Fingerprint != s[1].Fingerprint {
			return fault.New(fault.Conflict, "approval_stale", "The server is another one than when the plan was made: %s instead of %s.", s[1].Hostname, s[0].Hostname)
		}
	}
	same, err := r.ontoItself(ctx)
	if err == nil && same {
		err = fault.New(fault.Invalid, "same_database", "Source and target are the same database.")
	}
	return err
}

// prepare does everything up to the commit point. An error means that nothing the target had was touched.
func (r *run) prepare(ctx context.Context) (intent, error) {
	r.progress.phase(PhaseStage)
	if err := r.protect(ctx); err != nil {
		return intent{}, err
	}
	defer r.protection.release()
	if err := r.readSource(ctx); err != nil {
		return intent{}, err
	}
	if err := r.checkTarget(ctx); err != nil {
		return intent{}, err
	}
	if err := r.stage(ctx); err != nil {
		return intent{}, err
	}
	r.log.Info("staged", "schema", r.names.Staging, "tables", len(r.tables), "source", r.report.Source.Version, "target", r.report.Target.Version)
	if err := r.verifyColumns(ctx); err != nil {
		return intent{}, err
	}
	if err := r.rehearse(ctx); err != nil {
		return intent{}, err
	}
	outside, err := r.sumOutside(ctx)
	if err != nil {
		return intent{}, err
	}
	if err := r.load(ctx); err != nil {
		return intent{}, r.orSourceChanged(ctx, r.duplicates(ctx, err))
	}
	r.progress.phase(PhaseVerify)
	if err := r.addForeignKeys(ctx); err != nil {
		return intent{}, err
	}
	if err := r.sourceUnchanged(ctx); err != nil {
		return intent{}, err
	}
	if err := r.outsideUnchanged(ctx, outside); err != nil {
		return intent{}, err
	}
	in, err := r.intent(ctx)
	if err != nil {
		return intent{}, err
	}
	if err := stillLocked(ctx, r.lock, r.spec.TargetDatabase); err != nil {
		return intent{}, err
	}
	if err := ctx.Err(); err != nil {
		return intent{}, err
	}
	return in, r.commit(ctx, in)
}

// checkTarget looks again at what the copy meets, with the lock held.
func (r *run) checkTarget(ctx context.Context) error {
	var err error
	if r.state, err = readTarget(ctx, r.target, r.spec.TargetDatabase, r.brings); err != nil {
		return err
	}
	if conflicts := r.state.conflicts(); r.spec.IfExists == Refuse && len(conflicts) > 0 {
		return fault.New(fault.Conflict, "target_exists", "The target already has %q.", conflicts)
	}
	if len(r.state.otherKind) > 0 {
		return fault.New(fault.Conflict, "target_other_kind", "The target has objects of another kind: %q.", r.state.otherKind)
	}
	if err := r.digestUnchanged(ctx); err != nil {
		return err
	}
	r.keep, err = KeptDefiners(ctx, r.target, definersOf(r.objects))
	return err
}

func (r *run) digestUnchanged(ctx context.Context) error {
	now, err := digest(ctx, r.target, r.spec.TargetDatabase, r.state.replaced)
	if err == nil && now != r.plan.TargetDigest {
		err = fault.New(fault.Conflict, "approval_stale", "What would be replaced on the target has changed since the plan was made.")
	}
	return err
}

func (r *run) commit(ctx context.Context, in intent) error {
	r.progress.phase(PhaseSwapping)
	if r.hooks.Commit == nil {
		return nil
	}
	encoded, err := in.encode()
	if err != nil {
		return err
	}
	return r.hooks.Commit(ctx, encoded)
}
