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
}

// Change is what a use case asks the store to write in one transaction: the ticket as mutated, its event, its audit
// row, and what becomes of its job.
type Change struct {
	Event event.Event
	Audit event.Audit
	Job   JobChange
}

// JobChange is what happens to the ticket's job in the same transaction.
type JobChange int

// The job changes. JobRemove succeeds only while the job is still queued, JobCancel only before the commit point;
// otherwise the whole change is refused with Conflict `already_running` or `too_late`.
const (
	JobKeep JobChange = iota
	JobQueue
	JobRequeue
	JobRemove
	JobCancel
)

// Store keeps tickets. Every write is one transaction of ticket, event, audit row and job.
type Store interface {
	// Create stores a new ticket with its first event and audit row and returns it with id and times.
	Create(ctx context.Context, t Ticket, idempotencyKey string, c Change) (Ticket, error)
	// Update locks the ticket, lets fn mutate it and say what else changes, and saves all of it or nothing.
	Update(ctx context.Context, id int64, fn func(t *Ticket) (Change, error)) (Ticket, error)
	// Get is NotFound `ticket_not_found` where ownerID is not 0 and not the requester: missing and foreign look alike.
	Get(ctx context.Context, id, ownerID int64) (View, error)
	List(ctx context.Context, f Filter, p Page) ([]View, error)
	History(ctx context.Context, id int64) (History, error)
	Counts(ctx context.Context, actor event.Actor) (Counts, error)
	// Record writes an audit row for a refused attempt.
	Record(ctx context.Context, a event.Audit) error
}

/* Service use cases (pkg/ticket/service.go), all taking (ctx, actor event.Actor, …):
   New(store Store, kinds []Kind, limits Limits) *Service
   Submit(draft) (View, error)      Edit(id, version, draft) (View, error)     Withdraw(id, version)
   Approve(id, Approval)            Reject(id, version, reason)                 Cancel(id)
   Retry(id)                        Recheck(id)                                 Comment(id, text)
   Get(id) (View, error)            List(Filter, Page) ([]View, error)          History(id)   Counts()
   Preview(kind, spec) (Subject, Preflight, error)   // preflight without a ticket, for the form
*/
