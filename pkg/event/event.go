// Package event defines what is written beside every change: the event, which is outbox and history at once, and the
// audit row. Both are stored in the transaction of the change itself (pkg/store).
package event

import (
	"encoding/json"
	"time"
)

// Event is one thing that happened, in the past tense. Seq is its place in the one total order that readers page by;
// it is 0 until the relay has numbered the committed row, because auto-increment ids are not commit order.
type Event struct {
	ID        int64
	Seq       int64
	Type      string // `ticket.approved`
	Aggregate string // `ticket`, `instance`, `user`
	SubjectID int64  // the aggregate's id
	OwnerID   int64  // the user whose own tickets view includes it; 0 = staff only
	ActorID   int64  // 0 = the system
	ActorName string
	Data      json.RawMessage // type-specific, never a secret
	At        time.Time
}

// Audit is one row of the audit trail: who did what from where, with the values before and after (secrets masked).
// The store chains the rows of an aggregate by hash.
type Audit struct {
	Action    string // `ticket.approve`, `ticket.approve.refused`
	Aggregate string
	SubjectID int64
	Actor     Actor
	Before    json.RawMessage
	After     json.RawMessage
}

// Actor is who acts: a signed-in user with the roles of this very moment, or the system.
type Actor struct {
	UserID  int64
	Name    string
	Role    Role
	Address string // client IP, for the audit row
}

// Role orders what people may do; each includes the ones before it.
type Role string

// The roles.
const (
	RoleUser   Role = "user"
	RoleDBA    Role = "dba"
	RoleAdmin  Role = "admin"
	RoleSystem Role = "system"
)

// System is the actor of everything that no person does.
var System = Actor{Name: "system", Role: RoleSystem}

// IsStaff tells whether the actor may see and review everyone's tickets.
func (a Actor) IsStaff() bool {
	return a.Role == RoleDBA || a.Role == RoleAdmin || a.Role == RoleSystem
}

// IsAdmin tells whether the actor may manage users and settings.
func (a Actor) IsAdmin() bool { return a.Role == RoleAdmin || a.Role == RoleSystem }
