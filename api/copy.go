package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
)

// The exit codes of `overmind copy`, which are part of its interface.
const (
	exitCopied         = 0
	exitUsage          = 2
	exitRefused        = 3
	exitFailed         = 4
	exitCancelled      = 5
	exitNeedsAttention = 6
)

// copyMemory is where the garbage collector begins to work harder: rows of many megabytes leave as much garbage.
const copyMemory = 48 << 20

var copyStatus = map[int]string{
	exitCopied: "copied", exitUsage: "usage", exitRefused: "refused", exitFailed: "failed",
	exitCancelled: "cancelled", exitNeedsAttention: "needs_attention",
}

// copyFlags are the command line as it was written.
type copyFlags struct {
	from, to                 string
	fromPassword, toPassword string // files
	fromCA, toCA             string // files
	tables                   []string
	ifExists, content        string
	engine, tls              string
	preflightOnly, yes, json bool
	parallel                 int
	megabytes                float64
	connections              int
	pauseThreads, pauseLag   int
	recover                  string // file
}

func newCopyCommand() *cobra.Command {
	var f copyFlags
	cmd := &cobra.Command{
		Use:   "copy --from mysql://USER@HOST:PORT/DB --to mysql://USER@HOST:PORT/DB",
		Short: "Copy a database or some of its tables, without a server",
		Long: `Copies a database, or some of its tables, to another server: checked before, verified after, and never half done.

Passwords come from --from-password-file and --to-password-file, else from OVERMIND_FROM_PASSWORD and
OVERMIND_TO_PASSWORD, else they are asked for on a terminal.

Exit codes: 0 copied and verified, 2 usage, 3 refused before any row was moved, 4 failed and target untouched, 5 cancelled,
6 needs attention. With --json, or where stdout is no terminal, stdout has JSON lines; the last one is the result.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			out := newCopyOutput(f.json)
			return out.finish(runCopy(cmd.Context(), f, args, out))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "source, as mysql://USER@HOST:PORT/DB")
	flags.StringVar(&f.to, "to", "", "target, as mysql://USER@HOST:PORT/DB; without DB the name of the source")
	flags.StringVar(&f.fromPassword, "from-password-file", "", "`file` that holds the source's password")
	flags.StringVar(&f.toPassword, "to-password-file", "", "`file` that holds the target's password")
	flags.StringVar(&f.fromCA, "from-tls-ca", "", "`file` with the CA of the source's certificate")
	flags.StringVar(&f.toCA, "to-tls-ca", "", "`file` with the CA of the target's certificate")
	flags.StringArrayVar(&f.tables, "tables", nil, `tables to copy, separated by commas (\, is a comma in a name); may be repeated; default: the whole database`)
	flags.StringVar(&f.ifExists, "if-exists", string(engine.Refuse), "what to do where the target has an object of that name: refuse or replace")
	flags.StringVar(&f.content, "content", string(engine.StructureAndData), "structure+data or structure")
	flags.StringVar(&f.engine, "engine", string(engine.ExecutorAuto), "auto, native or pipe")
	flags.StringVar(&f.tls, "tls", string(engine.TLSPreferred), "off, preferred, required, verify-ca or verify-full")
	flags.BoolVar(&f.preflightOnly, "preflight-only", false, "check and plan, copy nothing")
	flags.BoolVar(&f.yes, "yes", false, "accept what preflight asks to confirm")
	flags.BoolVar(&f.json, "json", false, "write JSON lines to stdout")
	flags.IntVar(&f.parallel, "parallel", 0, "how many tables or ranges at once; 0 = the engine decides")
	flags.Float64Var(&f.megabytes, "max-mb-per-second", 0, "how many MB of rows a second to move at most; 0 = no limit")
	flags.IntVar(&f.connections, "max-connections", 0, fmt.Sprintf("how many connections to each server to open at most, %d or more; 0 = as many as help", engine.LeastConnections))
	flags.IntVar(&f.pauseThreads, "pause-threads", 0, "pause while more statements of others run on one of the servers; 0 = never")
	flags.IntVar(&f.pauseLag, "pause-lag", 0, "pause while one of the servers, as a replica, is more than so many `seconds` behind; 0 = never")
	flags.StringVar(&f.recover, "recover", "", "finish or undo the copy of this `file`, whose process was killed or that needs attention")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		out := newCopyOutput(f.json)
		return out.finish(copyResult{code: exitUsage, err: usageError("%v", err)})
	})
	return cmd
}

// copyResult is how a copy ended.
type copyResult struct {
	code   int
	status string // empty = that of the code
	report engine.Report
	err    error
}

// runCopy is the whole command. A panic in it is a failure like any other: the commit point says which.
func runCopy(ctx context.Context, f copyFlags, args []string, out *copyOutput) (result copyResult) {
	var committed atomic.Bool
	defer func() {
		if p := recover(); p != nil {
			out.say("panic: %v\n%s", p, debug.Stack())
			result = copyResult{code: exitFailed, err: fault.New(fault.Internal, "internal", "Internal error.")}
			if committed.Load() {
				result.code = exitNeedsAttention
			}
		}
	}()
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(copyMemory)
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a reader of stdout that has gone away must not kill a copy
	if f.recover != "" {
		return recoverCopy(ctx, f, args, out)
	}
	spec, err := f.spec(ctx, args)
	switch {
	case ctx.Err() != nil:
		return cancelled()
	case err != nil:
		return copyResult{code: exitUsage, err: err}
	}
	if path := brokenCopy(f); path != "" {
		return copyResult{code: exitRefused, err: fault.New(fault.Conflict, "recover_first",
			"An earlier copy into this database broke off after its commit point. First run: overmind copy --recover %s", path)}
	}
	e := commandEngine()
	plan, findings, err := e.Preflight(ctx, spec)
	switch {
	case ctx.Err() != nil:
		return cancelled()
	case err != nil:
		return copyResult{code: exitRefused, err: err}
	}
	out.plan(plan, findings)
	err = accept(ctx, findings, f, out)
	switch {
	case ctx.Err() != nil:
		return cancelled()
	case err != nil:
		return copyResult{code: exitRefused, err: err}
	}
	if f.preflightOnly {
		return copyResult{code: exitCopied, status: "checked"}
	}
	return moveCopy(ctx, e, spec, plan, f, out, &committed)
}

func commandEngine() *engine.Engine {
	return newEngine(filepath.SplitList(os.Getenv("OVERMIND_CLIENT_DIRS")), slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
}

// moveCopy is the copy itself. What would be needed to finish it from outside is in a file while it runs.
func moveCopy(ctx context.Context, e *engine.Engine, spec engine.Spec, plan engine.Plan, f copyFlags, out *copyOutput, committed *atomic.Bool) copyResult {
	names := engine.NewNames(0)
	state, err := keepState(f, names)
	if err != nil {
		return copyResult{code: exitRefused, err: fault.Wrap(err, fault.Unavailable, "state_not_kept",
			"The file that would let a killed copy be finished cannot be written: %v. Set XDG_STATE_HOME to a folder that can be written to.", err)}
	}
	report, err := e.Copy(ctx, spec, plan, names, engine.Hooks{
		Progress: out.progress,
		Sessions: state.sessions,
		Commit: func(_ context.Context, intent engine.Intent) error {
			if err := state.commit(intent); err != nil {
				return fault.Wrap(err, fault.Unavailable, "state_not_kept", "The state of the copy cannot be written: %v.", err)
			}
			committed.Store(true)
			return nil
		},
	})
	var uncertain *engine.Uncertain
	var unclean *engine.Unclean
	switch {
	case errors.As(err, &uncertain), errors.As(err, &unclean):
		return copyResult{code: failureCode(err), report: report, err: withRecover(err, state.file.Name())}
	case err != nil:
		state.remove()
		return copyResult{code: failureCode(err), report: report, err: err}
	}
	if report.OldKept {
		dropOld(ctx, e, spec.Target, names.Old, out)
	}
	state.remove()
	return copyResult{code: exitCopied, report: report}
}

func cancelled() copyResult {
	return copyResult{code: exitCancelled, err: fault.New(fault.Unavailable, "cancelled", "Cancelled.")}
}

// accept says whether the findings allow the copy.
func accept(ctx context.Context, findings []engine.Finding, f copyFlags, out *copyOutput) error {
	confirms := 0
	for _, finding := range findings {
		switch finding.Level {
		case engine.Block:
			return fault.New(fault.Invalid, finding.Code, "%s", finding.Message.EN)
		case engine.Confirm:
			confirms++
		}
	}
	if confirms == 0 || f.yes {
		return nil
	}
	if !f.preflightOnly && out.ask(ctx, fmt.Sprintf("%d of these need your consent. Copy? [y/N] ", confirms)) {
		return nil
	}
	return fault.New(fault.Invalid, "not_confirmed", "Preflight asks for consent to %d findings; --yes gives it.", confirms)
}

func failureCode(err error) int {
	var uncertain *engine.Uncertain
	switch {
	case errors.As(err, &uncertain):
		return exitNeedsAttention
	case fault.Is(err, "cancelled"):
		return exitCancelled
	case engine.Inexact(err):
		return exitRefused
	}
	return exitFailed
}

// dropOld removes the replaced tables; a schema that cannot be dropped does not make the copy a failure.
func dropOld(ctx context.Context, e *engine.Engine, target engine.Endpoint, schema string, out *copyOutput) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := e.DropStaging(ctx, target, schema); err != nil {
		out.finding(engine.Finding{
			Level: engine.Note, Code: "old_schema_left", Objects: []string{schema},
			Message: engine.Text{EN: "The replaced tables could not be dropped: " + fault.As(err).Message, ZH: "被替换的旧表未能删除：" + fault.As(err).Message},
			Remedy:  engine.Text{EN: "Drop the schema " + schema + " on the target.", ZH: "请在目标库中删除 " + schema + "。"},
		})
	}
}
