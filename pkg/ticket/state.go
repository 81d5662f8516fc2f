package ticket

// State is where a ticket stands.
type State string

// The states, docs/states.md draws them.
const (
	PendingReview  State = "pending_review"
	Rejected       State = "rejected"
	Withdrawn      State = "withdrawn"
	Queued         State = "queued"
	Running        State = "running"
	Succeeded      State = "succeeded"
	Failed         State = "failed"
	Cancelled      State = "cancelled"
	NeedsAttention State = "needs_attention"
	Undoing        State = "undoing"
	Undone         State = "undone"
)
