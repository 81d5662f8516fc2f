package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"overmind/pkg/fault"
)

// run is one claimed job in this process. It is the Control its Runner gets.
type run struct {
	e       *Executor
	job     Job
	claimed time.Time // on this process's clock, before the claim was sent
	log     *slog.Logger
	ctx     context.Context // the Runner's
	cancel  context.CancelCauseFunc
	poked   chan struct{}
	book    book

	commit sync.Mutex // held while passing the commit point, so that stops and heartbeats wait for the outcome

	mu        sync.Mutex
	committed bool
	phase     string
	progress  json.RawMessage
	news      bool // progress not written yet
}

func newRun(e *Executor, j Job, claimed time.Time) *run {
	r := &run{e: e, job: j, claimed: claimed, poked: make(chan struct{}, 1), phase: j.Phase}
	r.log = e.o.Log.With("job", j.ID, "ticket", j.TicketID, "fence", j.Fence)
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	return r
}

// execute runs the job to its end and records it.
func (r *run) execute() {
	defer r.cancel(nil)
	beating := make(chan struct{})
	heart, stopHeart := context.WithCancel(context.Background())
	go func() { defer close(beating); r.beat(heart) }()
	defer func() { stopHeart(); <-beating }()

	r.log.Info("job started", "kind", r.job.Kind, "attempt", r.job.Attempt, "recovery", r.job.Recovery)
	v := r.runner()
	cause := context.Cause(r.ctx)
	switch {
	case errors.Is(cause, ErrLeaseLost):
		r.log.Warn("job's lease lost, its result is discarded", "state", v.State, "code", v.Code)
		return
	case r.job.Recovery && errors.Is(cause, ErrShutdown):
		// Half a clean-up is not an ending: the next owner starts it again.
		r.log.Info("clean-up left to the next owner")
		return
	}
	r.finish(v)
}

// runner calls the job's Runner and turns a panic into a verdict.
func (r *run) runner() (v Verdict) {
	defer func() {
		if cause := recover(); cause != nil {
			r.log.Error("job panicked", "cause", cause, "stack", string(debug.Stack()))
			v = Verdict{State: Failed, Code: "panic", Message: "The worker hit a programming error; nothing was swapped."}
			if r.isCommitted() || r.job.Recovery {
				v = Verdict{State: NeedsAttention, Code: "panic",
					Message: "The worker hit a programming error at the swap; check the target."}
			}
		}
	}()
	runner, ok := r.e.runners[r.job.Kind]
	switch {
	case !ok:
		return Verdict{State: Failed, Code: "unknown_kind", Message: fmt.Sprintf("No runner for kind %q.", r.job.Kind)}
	case r.job.Recovery:
		return runner.Recover(r.ctx, r.job, r)
	default:
		return runner.Run(r.ctx, r.job, r)
	}
}

// finish records the verdict; while the database cannot be reached it tries until the lease is lost.
func (r *run) finish(v Verdict) {
	for {
		ctx, stop := context.WithTimeout(context.Background(), r.e.o.Heartbeat)
		r.storeLog(ctx)
		err := r.e.store.Finish(ctx, r.job.ID, r.job.Fence, v)
		stop()
		switch {
		case err == nil:
			r.log.Info("job ended", "state", v.State, "code", v.Code)
			return
		case fault.Is(err, "lease_lost") || errors.Is(context.Cause(r.ctx), ErrLeaseLost):
			r.log.Warn("job's lease lost at its end, its result is discarded", "state", v.State)
			return
		}
		r.log.Error("job's end not recorded yet", "state", v.State, "error", err)
		retry := time.NewTimer(min(time.Second, r.e.o.Heartbeat))
		<-retry.C
	}
}

// stop ends the Runner's context for a cause, unless the job has passed its commit point.
func (r *run) stop(cause error) {
	r.commit.Lock()
	defer r.commit.Unlock()
	if !r.isCommitted() {
		r.cancel(cause)
	}
}

func (r *run) isCommitted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.committed
}
