package event

import "time"

// AuditRow is a stored Audit. Hash covers the row and the hash of the row before it of the same aggregate.
type AuditRow struct {
	Audit
	ID   int64
	At   time.Time
	Hash string
}

// AuditFilter narrows the audit list, newest first: rows with an id below Before (0 = all), at most Limit.
type AuditFilter struct {
	Action       string
	Aggregate    string
	SubjectID    int64
	ActorID      int64
	Since, Until time.Time
	Before       int64
	Limit        int
}
