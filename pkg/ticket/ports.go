package ticket

import (
	"context"
	"encoding/json"

	"overmind/pkg/event"
)

// Kind gives a spec its meaning. It is implemented by pkg/migration.
type Kind interface {
	// Name is the stable name stored with each ticket, `migration`.
	Name() string
	// Canonical validates a spec as sent (unknown fields refused) and returns its canonical bytes and subject.
	// A malformed spec, a broken direction rule, a system schema or source = target is a fault with field names.
	Canonical(ctx context.Context, spec json.RawMessage) (json.RawMessage, Subject, error)
	// Preflight checks a canonical spec against the servers. A finding is not an error.
	Preflight(ctx context.Context, spec json.RawMessage) (Preflight, error)
	// CheckUndo looks at the servers: Conflict where the swap cannot be taken back as things are now.
	CheckUndo(ctx context.Context, t Ticket, s Swap) error
}

// Change is what a use case asks the store to write in one transaction: the ticket as mutated, its event, its audit
// row, and what becomes of its job.
//
// OpenLimit is for Create: TooMany `too_many_open` where the requester has that many open tickets already; 0 is no limit.
// HourLimit is for Update: TooMany `too_often` where the actor has done the same so many times in the last hour; 0 is no
// limit.
type Change struct {
	Event     event.Event
	Audit     event.Audit
	Job       JobChange
	OpenLimit int
	HourLimit int
}

// JobChange is what happens to the ticket's job in the same transaction.
type JobChange int

// The job changes. JobQueue makes the job of an approved ticket, JobRequeue queues a failed one again (or, for a ticket
// that needs attention, its recovery). JobRemove succeeds only while the job is still queued, JobCancel only before the
// commit point and once; otherwise the whole change is refused with Conflict `already_running`, `too_late` or
// `already_cancelling`. JobUndo queues the undo of a succeeded ticket and takes the target's lock for it: Conflict
// `undo_expired`, `superseded_by`, or `target_busy` while another job holds the target.
const (
	JobKeep JobChange = iota
	JobQueue
	JobRequeue
	JobRemove
	JobCancel
	JobUndo
)

// Store keeps tickets.
type Store interface {
	Writer
	Reader
	Surroundings
}

// Writer writes tickets. Every write is one transaction of ticket, event, audit row and job.
type Writer interface {
	// Create stores a new ticket with its first event and audit row and returns it with id and times.
	Create(ctx context.Context, t Ticket, idempotencyKey string, c Change) (Ticket, error)
	// Update locks the ticket, lets fn mutate it and say what else changes, and saves all of it or nothing. fn finds the
	// database's time in t.UpdatedAt. It may be called again after a deadlock, each time with the ticket as it is then.
	Update(ctx context.Context, id int64, fn func(t *Ticket) (Change, error)) (Ticket, error)
	// Record writes an audit row for a refused attempt.
	Record(ctx context.Context, a event.Audit) error
}

// Reader reads tickets.
type Reader interface {
	// Get is NotFound `ticket_not_found` where ownerID is not 0 and not the requester: missing and foreign look alike.
	Get(ctx context.Context, id, ownerID int64) (View, error)
	List(ctx context.Context, f Filter, p Page) ([]View, error)
	History(ctx context.Context, id int64) (History, error)
	Counts(ctx context.Context, actor event.Actor) (Counts, error)
	// Swap is what the ticket did on the target, Conflict `undo_expired` when it is no longer kept.
	Swap(ctx context.Context, id int64) (Swap, error)
	// RunLog is what the runs of a ticket said, oldest first: at most limit lines after the given one.
	RunLog(ctx context.Context, id int64, after LogPlace, limit int) ([]LogLine, error)
}

// Surroundings finds the people around tickets, by name.
type Surroundings interface {
	// Requesters are those who have submitted a ticket.
	Requesters(ctx context.Context) ([]Person, error)
	// Staff are those who may review.
	Staff(ctx context.Context) ([]Person, error)
}
