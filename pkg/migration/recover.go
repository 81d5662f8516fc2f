package migration

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/inventory"
	"overmind/pkg/job"
)

const (
	// recoverLimit is how long a clean-up is tried while a server cannot be used; after it a person decides when.
	recoverLimit = 2 * time.Minute
	recoverPause = 2 * time.Second
)

// anotherServer says that an instance no longer leads to the server a run worked on. Waiting does not change that.
const anotherServer = "another_server"

// Recover implements job.Runner. Released says that the target is as before the run; Succeeded that its swap had
// happened and is now complete.
func (m *Migration) Recover(ctx context.Context, j job.Job, c job.Control) job.Verdict {
	r, err := m.open(j, c)
	if err != nil {
		return attention(err)
	}
	if len(j.Names) == 0 || string(j.Names) == "null" {
		return job.Verdict{State: job.Released} // it died before it touched the target
	}
	var names engine.Names
	var sessions engine.Sessions
	if err := json.Unmarshal(j.Names, &names); err != nil {
		return attention(err)
	}
	if len(j.Sessions) > 0 {
		if err := json.Unmarshal(j.Sessions, &sessions); err != nil {
			return attention(err)
		}
	}
	cleanUp := r.recover
	if j.Undo != nil {
		cleanUp = r.recoverUndo
	}
	for end := time.Now().Add(recoverLimit); ; {
		v, err := cleanUp(ctx, names, sessions)
		if err == nil {
			return v
		}
		if ctx.Err() != nil || time.Now().After(end) || fault.Is(err, anotherServer) {
			return attention(err)
		}
		pause := time.NewTimer(recoverPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
	}
}

func (r *run) recover(ctx context.Context, names engine.Names, sessions engine.Sessions) (job.Verdict, error) {
	spec := r.spec.engineSpec()
	var err error
	if spec.Target, err = r.sameTarget(ctx); err != nil {
		return job.Verdict{}, err
	}
	// The source only has sessions to end, so an instance that was changed or removed meanwhile is no obstacle.
	source, instance, _, err := r.inventory.Endpoint(ctx, r.spec.Source.InstanceID, inventory.Read)
	if err == nil && instance.ConnectionVersion == r.approved.Source.ConnectionVersion {
		spec.Source = source
	} else {
		sessions.Source = nil
	}
	outcome, report, err := r.engine.Recover(ctx, spec, names, sessions, r.job.Intent)
	if err != nil {
		return job.Verdict{}, err
	}
	switch outcome {
	case engine.Clean:
		return job.Verdict{State: job.Released}, nil
	case engine.Completed:
		return r.succeeded(report, names), nil
	}
	return swapUnclear(r.evidence(report)), nil
}

// sameTarget resolves the target and proves that it is the server the dead run worked on: its connection may have been
// changed since, as long as it leads to the same server.
func (r *run) sameTarget(ctx context.Context) (engine.Endpoint, error) {
	endpoint, _, _, err := r.inventory.Endpoint(ctx, r.spec.Target.InstanceID, inventory.Load)
	if err != nil {
		return endpoint, err
	}
	return endpoint, r.isServer(ctx, endpoint, r.approved.Target.Fingerprint)
}

func (m *Migration) isServer(ctx context.Context, at engine.Endpoint, fingerprint string) error {
	server, err := m.engine.Probe(ctx, at)
	if err == nil && server.Fingerprint != fingerprint {
		err = fault.New(fault.Conflict, anotherServer, "The instance now leads to another server (%s).", server.Hostname)
	}
	return err
}

func attention(err error) job.Verdict {
	if errors.Is(err, context.Canceled) {
		err = fault.Wrap(err, fault.Unavailable, "recovery_interrupted", "The clean-up was interrupted.")
	}
	said := fault.As(err)
	return job.Verdict{State: job.NeedsAttention, Code: said.Code,
		Message: "A worker died, and what it left could not be cleaned up: " + said.Message}
}
