// Package job moves jobs: claim, lease, heartbeat, fence, reconcile. It is the only code that runs or ends one. MySQL
// holds the truth; a ring from the queue only says "look now".
package job

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"
)

// Job is a claimed job. Fence grows with every claim and is checked by every write; Recovery means that an earlier
// owner died and its traces must be cleaned up before anything else.
type Job struct {
	ID              int64
	TicketID        int64
	Kind            string
	Fence           uint64
	Attempt         int
	Recovery        bool
	CancelRequested bool
	Phase           string
	Spec            json.RawMessage
	SpecHash        string
	Plan            json.RawMessage
	FindingsHash    string
	Names           json.RawMessage // what the run created, stored before it is used
	Sessions        json.RawMessage // server sessions and processes to kill on a takeover
	Intent          json.RawMessage // what it was about to do at the commit point
	Undo            *Swap           // the run takes this swap back, instead of copying
}

// Swap is what a run has done on the target: the intent it committed, and the digest of what it left there.
type Swap struct {
	Intent json.RawMessage
	Digest string
}

// State is how a run ended.
type State string

// The endings. Released gives the job back to the queue without counting an attempt (shutdown before the commit point).
const (
	Succeeded      State = "succeeded"
	Failed         State = "failed"
	Cancelled      State = "cancelled"
	NeedsAttention State = "needs_attention"
	Released       State = "released"
)

// Verdict is what a Runner says at the end; Code and Message are for people, Report is the evidence.
type Verdict struct {
	State   State
	Code    string
	Message string
	Report  json.RawMessage
	Moved   Volume // what a finished run moved
	Kept    *Kept  // of a success: what can be undone, and the schema to drop in the end
}

// Volume is how much a run moved.
type Volume struct{ Rows, Bytes int64 }

// Kept is what a swap replaced, which stays for a while. Schema is empty where it replaced no table. After an undo it is
// the schema that the copy's own tables went to, which is dropped at once.
type Kept struct {
	InstanceID  int64
	Fingerprint string
	Schema      string
	Database    string
	Names       []string // of everything that the swap touched, with its kind: `table t`, `view v`
	Digest      string   // see Swap
}

// Control is what a running job may tell: all of it is fenced, so a run that lost its lease cannot write.
type Control interface {
	Progress(phase string, progress json.RawMessage)              // kept in memory, written at most once a second
	Note(ctx context.Context, eventType string, data any) error   // an event in the ticket's history: `ticket.phase`
	Names(ctx context.Context, names json.RawMessage) error       // before anything is created on the target
	Sessions(ctx context.Context, sessions json.RawMessage) error // whenever server sessions were opened
	Slots(ctx context.Context) ([]Slot, error)                    // what the job may take from each instance now
	Commit(ctx context.Context, intent json.RawMessage) error     // the point of no return; Conflict `cancelled` or `lease_lost`
	Log() *slog.Logger                                            // what it says is shown with the ticket, too; never a secret
}

// Slot is a job's part of an instance. Side is the key of its lock; Jobs is how many jobs share the instance now, this
// one included.
type Slot struct {
	Side        string
	InstanceID  int64
	Connections int
	Jobs        int
}

// Runner executes one kind of job. ctx ends on cancel, lost lease or shutdown; context.Cause tells which
// (ErrCancelled, ErrLeaseLost, ErrShutdown). Implemented by pkg/migration.
type Runner interface {
	Kind() string
	Run(ctx context.Context, j Job, c Control) Verdict
	// Recover cleans up after a dead owner: finish or undo its swap, kill its sessions, drop its staging.
	// Released means: cleaned, run again (if not cancelled and attempts are left). Of a dead undo it means that the copy
	// is still in place.
	Recover(ctx context.Context, j Job, c Control) Verdict
	// DropKept drops a kept schema whose time has passed.
	DropKept(ctx context.Context, k Kept) error
}

// Store is the jobs table. Every write names id and fence and is refused with Conflict `lease_lost` when they have
// moved on. Ticket state, event and audit row change in the same transaction.
type Store interface {
	Record
	// Claim takes a queued or expired job of these groups whose locks are free; ok=false when there is nothing to do.
	Claim(ctx context.Context, id int64, owner string, groups []string, lease time.Duration) (j Job, ok bool, err error)
	// Heartbeat extends the lease, writes progress (nil = unchanged) and returns the cancel flag.
	Heartbeat(ctx context.Context, id int64, fence uint64, lease time.Duration, phase string, progress json.RawMessage) (cancel bool, err error)
	// Slots is what the job may take from each instance now.
	Slots(ctx context.Context, id int64) ([]Slot, error)
	Finish(ctx context.Context, id int64, fence uint64, v Verdict) error
}

// Record is what a running job writes about itself.
type Record interface {
	// Save writes one of names, sessions.
	Save(ctx context.Context, id int64, fence uint64, column Column, value json.RawMessage) error
	// Commit sets phase=swapping with the intent, only while not cancelled and the lease holds (DB clock).
	Commit(ctx context.Context, id int64, fence uint64, intent json.RawMessage) error
	Note(ctx context.Context, id int64, fence uint64, eventType string, data json.RawMessage) error
	// Log adds lines to the attempt's log; beyond a limit they are dropped.
	Log(ctx context.Context, id int64, fence uint64, lines []Line) error
}

// Column is a fenced JSON column of a job.
type Column string

// The columns that Save writes.
const (
	ColumnNames    Column = "names"
	ColumnSessions Column = "sessions"
)

// Ring says that a job of a worker group wants looking at; it is all that travels through the queue.
type Ring struct {
	JobID int64
	Group string
}
