package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"overmind/pkg/fault"
)

// phaseSwapping is the phase that Store.Commit writes.
const phaseSwapping = "swapping"

// Progress implements Control.
func (r *run) Progress(phase string, progress json.RawMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase, r.progress, r.news = phase, progress, true
}

// Note implements Control.
func (r *run) Note(ctx context.Context, eventType string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", eventType, err)
	}
	return r.e.store.Note(ctx, r.job.ID, r.job.Fence, eventType, text)
}

// Names implements Control.
func (r *run) Names(ctx context.Context, names json.RawMessage) error {
	return r.e.store.Save(ctx, r.job.ID, r.job.Fence, ColumnNames, names)
}

// Sessions implements Control.
func (r *run) Sessions(ctx context.Context, sessions json.RawMessage) error {
	return r.e.store.Save(ctx, r.job.ID, r.job.Fence, ColumnSessions, sessions)
}

// Slots implements Control.
func (r *run) Slots(ctx context.Context) ([]Slot, error) { return r.e.store.Slots(ctx, r.job.ID) }

// Commit implements Control. From its success on neither cancel nor shutdown stops the run.
func (r *run) Commit(ctx context.Context, intent json.RawMessage) error {
	r.commit.Lock()
	defer r.commit.Unlock()
	switch cause := context.Cause(r.ctx); {
	case errors.Is(cause, ErrCancelled):
		return fault.Wrap(cause, fault.Conflict, "cancelled", "The job was cancelled.")
	case errors.Is(cause, ErrLeaseLost):
		return fault.Wrap(cause, fault.Conflict, "lease_lost", "Another worker has taken the job over.")
	case cause != nil:
		return fault.Wrap(cause, fault.Conflict, "shutdown", "The worker shuts down.")
	}
	if err := r.e.store.Commit(ctx, r.job.ID, r.job.Fence, intent); err != nil {
		return err
	}
	r.mu.Lock()
	r.committed, r.phase = true, phaseSwapping
	r.mu.Unlock()
	return nil
}
