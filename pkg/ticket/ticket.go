// Package ticket is the heart: what a ticket is, which states it may take, who may do what, and the use cases. It
// knows nothing of copying, HTTP or SQL; a Kind brings the meaning of a spec, a Store keeps it.
package ticket

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"overmind/pkg/event"
)

// Subject is what a ticket is about in terms every kind shares; lists, filters and search use it.
type Subject struct {
	SourceInstanceID int64 // 0 where the kind has no source
	SourceDatabase   string
	TargetInstanceID int64
	TargetDatabase   string
	Tables           []string
}

// Finding mirrors what a kind's preflight found; Level is block, confirm or note.
type Finding struct {
	Level   string            `json:"level"`
	Code    string            `json:"code"`
	Objects []string          `json:"objects,omitempty"`
	Message map[string]string `json:"message"` // by language: en, zh
	Remedy  map[string]string `json:"remedy"`
}

// sameAs tells whether two findings say the same of the same objects.
func (f Finding) sameAs(other Finding) bool {
	return f.Level == other.Level && f.Code == other.Code && slices.Equal(f.Objects, other.Objects) && maps.Equal(f.Message, other.Message)
}

// Preflight is the result of checking a spec against the servers as they are now.
type Preflight struct {
	Findings []Finding
	Hash     string          // of the findings that matter for approval (blocks and confirms)
	Plan     json.RawMessage // the kind's plan, shown to people and handed to its runner
	Locks    []Lock          // what a run must hold
	At       time.Time
}

// Blocked tells whether a finding forbids approval.
func (p Preflight) Blocked() bool {
	for _, f := range p.Findings {
		if f.Level == "block" {
			return true
		}
	}
	return false
}

// Lock is one thing a running job holds: exclusive on the target database, shared on the source. With an InstanceID it
// is a part of the connections to that instance instead, at least Least and at most Most; Key tells parts apart.
type Lock struct {
	Key        string `json:"key"` // `<server fingerprint>/<database>`
	Exclusive  bool   `json:"exclusive"`
	InstanceID int64  `json:"instance_id,omitempty"`
	Least      int    `json:"least,omitempty"`
	Most       int    `json:"most,omitempty"`
}

// Since holds what preflight finds against what it had found before: which findings are new or say something else now,
// by their place, and which are gone.
func (p Preflight) Since(before []Finding) (fresh map[int]bool, gone []Finding) {
	fresh = map[int]bool{}
	for i, f := range p.Findings {
		if !slices.ContainsFunc(before, f.sameAs) {
			fresh[i] = true
		}
	}
	for _, f := range before {
		if !slices.ContainsFunc(p.Findings, f.sameAs) {
			gone = append(gone, f)
		}
	}
	return fresh, gone
}

// Ticket is one request with its review and execution.
type Ticket struct {
	ID          int64
	Kind        string
	Title       string
	Reason      string // why the requester wants it
	State       State
	Version     int // grows with every edit; approval names it
	RequesterID int64
	EditorIDs   []int64 // everyone who edited; barred from approving, as the requester is
	Spec        json.RawMessage
	SpecHash    string // hex SHA-256 of the canonical Spec
	Subject     Subject
	Preflight   Preflight
	NotBefore   time.Time // zero: at once
	ReviewerID  int64
	ReviewNote  string
	ApprovedAt  time.Time
	FailureCode string
	Failure     string
	Report      json.RawMessage // evidence of the last run
	WaitingFor  int64           // the ticket that holds the lock this one needs
	SubmittedAt time.Time
	StartedAt   time.Time
	FinishedAt  time.Time
	UpdatedAt   time.Time
}

// Attempt is one run of an approved ticket.
type Attempt struct {
	Number     int
	Fence      uint64
	Worker     string
	State      string
	Code       string
	Message    string
	StartedAt  time.Time
	FinishedAt time.Time
}

// View is a ticket with what a page shows beside it.
type View struct {
	Ticket
	RequesterName string
	ReviewerName  string
	Source        *InstanceView
	Target        *InstanceView
	Progress      json.RawMessage // last progress of the running job, nil otherwise
	Phase         string          // of the running job
	CancelAsked   bool
	Committed     bool      // the run has passed the point of no return
	Undo          Undo      // only in a detail view
	Attempts      []Attempt // only in a detail view
	Asked         []Finding // what preflight found when the content was last written; only in a detail view
	Reviewers     []Person  // who may approve it now; only in a detail view
	Actions       []Action  // what this actor may do, and why not
}

// Undo is whether a succeeded ticket can be undone: until when, and by which later ticket it is superseded. The zero
// value says that it cannot.
type Undo struct {
	Until        time.Time
	SupersededBy int64
}

// Swap is what a succeeded ticket has done on the target, as its kind wrote it down.
type Swap struct {
	Intent json.RawMessage
	Digest string // of what it left there
}

// Person is somebody by the name they are shown with.
type Person struct {
	ID   int64
	Name string
}

// LogPlace is a place in a ticket's log: lines are numbered within their attempt.
type LogPlace struct {
	Attempt, Line int
}

// LogLine is one line of what a run said while it worked. Data has the values that the message speaks of.
type LogLine struct {
	LogPlace
	At      time.Time
	Level   string // info, warn or error
	Message string
	Data    json.RawMessage
}

// InstanceView is how a ticket shows a server.
type InstanceView struct {
	ID                int64
	Name              string
	EnvironmentID     int64
	EnvironmentName   string
	EnvironmentColor  string
	Protected         bool
	AllowSelfApproval bool
}

// Action is one button: allowed, or the code and text of the reason why not.
type Action struct {
	Name    string // approve, reject, edit, withdraw, cancel, retry, undo, recheck, comment
	Allowed bool
	Code    string
	Reason  string
}

// Draft is what a requester sends.
type Draft struct {
	Kind           string
	Title          string
	Reason         string
	Spec           json.RawMessage
	NotBefore      time.Time
	IdempotencyKey string // same key and same content: the same ticket; other content: Conflict `idempotency_mismatch`
}

// Approval names exactly what was looked at.
type Approval struct {
	Version      int
	SpecHash     string
	FindingsHash string
	Note         string
}

// Filter narrows a list. Query is split into words, each matched by prefix (CJK by bigrams), all must match.
type Filter struct {
	States        []State
	Query         string
	EnvironmentID int64
	InstanceID    int64
	Database      string
	RequesterID   int64
	ReviewableBy  int64     // pending tickets this user may approve
	Since, Until  time.Time // of the submission
	FinishedSince time.Time
	OwnerID       int64 // set by the service from the actor, never by a caller
	Ascending     bool
}

// Page is a keyset page: rows after the cursor (0 = first), at most Limit (1..200).
type Page struct {
	After int64 // the last id seen
	Limit int
}

// Counts are the tabs over the list.
type Counts struct {
	Mine, ToReview, Running, FailedDay, All int64
}

// History is a ticket's story: every event of it, oldest first.
type History []event.Event
