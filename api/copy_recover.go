package main

import (
	"context"
	"strings"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
)

// recoverCopy finishes or undoes a copy whose process was killed, or that broke off.
func recoverCopy(ctx context.Context, f copyFlags, args []string, out *copyOutput) copyResult {
	if f.from != "" || f.to != "" {
		return copyResult{code: exitUsage, err: usageError("--recover takes no --from and --to: they are in its file")}
	}
	state, err := openState(f.recover)
	if err != nil {
		code := exitFailed
		if fault.Is(err, "usage") {
			code = exitUsage
		}
		return copyResult{code: code, err: err}
	}
	defer state.file.Close()
	f.from, f.to, f.tls, f.fromCA, f.toCA = state.From, state.To, state.TLS, state.FromCA, state.ToCA
	spec, err := f.spec(ctx, args)
	switch {
	case ctx.Err() != nil:
		return cancelled()
	case err != nil:
		return copyResult{code: exitUsage, err: err}
	}
	e := commandEngine()
	outcome, report, err := e.Recover(ctx, spec, state.Names, state.Sessions, state.Intent)
	switch {
	case err != nil:
		return copyResult{code: exitNeedsAttention, report: report, err: withRecover(err, f.recover)}
	case outcome == engine.Clean:
		state.remove()
		return copyResult{code: exitFailed, err: fault.New(fault.Invalid, "not_copied",
			"The copy had not happened: the target is as before it, and what it left there is removed.")}
	case outcome == engine.Completed:
		if report.OldKept {
			dropOld(ctx, e, spec.Target, state.Names.Old, out)
		}
		state.remove()
		return copyResult{code: exitCopied, report: report}
	}
	return copyResult{code: exitNeedsAttention, report: report, err: fault.New(fault.Conflict, "swap_unclear",
		"Some tables on the target are new and some as before. The schemas %s and %s hold the others.", state.Names.Staging, state.Names.Old)}
}

// withRecover adds to an error how its copy can be brought to an end.
func withRecover(err error, path string) error {
	said := *fault.As(err)
	said.Message = strings.TrimSuffix(said.Message, ".") + ". To finish it or to clean up, run: overmind copy --recover " + path
	said.Cause = err
	return &said
}
