package rest

import (
	"encoding/json"
	"time"

	"overmind/pkg/event"
	"overmind/pkg/ticket"
)

// Tickets is every use case of tickets; each handler uses its part.
type Tickets interface {
	ticketReader
	ticketRequester
	ticketReviewer
}

// Person is a user as a ticket names them.
type Person struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// Place is a database on an instance, as a ticket names it.
type Place struct {
	InstanceID       int64  `json:"instance_id"`
	InstanceName     string `json:"instance_name"`
	EnvironmentID    int64  `json:"environment_id"`
	EnvironmentName  string `json:"environment_name"`
	EnvironmentColor string `json:"environment_color"`
	Protected        bool   `json:"protected"`
	Database         string `json:"database"`
}

// Ticket is a ticket as a list shows it.
type Ticket struct {
	ID              int64           `json:"id"`
	Kind            string          `json:"kind" example:"migration"`
	Title           string          `json:"title"`
	State           string          `json:"state" enums:"pending_review,rejected,withdrawn,queued,running,succeeded,failed,cancelled,needs_attention,undoing,undone"`
	Version         int             `json:"version"`
	Requester       Person          `json:"requester"`
	Reviewer        *Person         `json:"reviewer,omitempty"`
	Source          *Place          `json:"source,omitempty"`
	Target          *Place          `json:"target,omitempty"`
	Tables          []string        `json:"tables"`  // empty: the whole database
	Blocked         bool            `json:"blocked"` // preflight found something that forbids approval
	Phase           string          `json:"phase,omitempty"`
	Progress        json.RawMessage `json:"progress,omitempty" swaggertype:"object"` // of the running job
	CancelRequested bool            `json:"cancel_requested"`
	WaitingFor      int64           `json:"waiting_for,omitempty"` // the ticket that holds what this one needs
	FailureCode     string          `json:"failure_code,omitempty"`
	Failure         string          `json:"failure,omitempty"`
	NotBefore       *time.Time      `json:"not_before,omitempty" format:"date-time"`
	SubmittedAt     time.Time       `json:"submitted_at" format:"date-time"`
	ApprovedAt      *time.Time      `json:"approved_at,omitempty" format:"date-time"`
	StartedAt       *time.Time      `json:"started_at,omitempty" format:"date-time"`
	FinishedAt      *time.Time      `json:"finished_at,omitempty" format:"date-time"`
	UpdatedAt       time.Time       `json:"updated_at" format:"date-time"`
}

// TicketDetail is a ticket with everything that its page shows.
type TicketDetail struct {
	Ticket
	Reason     string          `json:"reason"`
	Spec       json.RawMessage `json:"spec" swaggertype:"object"`
	SpecHash   string          `json:"spec_hash"`
	Preflight  Preflight       `json:"preflight"`
	ReviewNote string          `json:"review_note,omitempty"`
	Report     json.RawMessage `json:"report,omitempty" swaggertype:"object"`   // evidence of the last run
	UndoUntil  *time.Time      `json:"undo_until,omitempty" format:"date-time"` // absent: the ticket cannot be undone
	Attempts   []Attempt       `json:"attempts"`
	Actions    []Action        `json:"actions"`   // what the caller may do, and why not
	Reviewers  []Person        `json:"reviewers"` // who may approve it now
}

// TicketPage is one page of a list; next_cursor is absent on the last one.
type TicketPage struct {
	Items      []Ticket `json:"items"`
	NextCursor string   `json:"next_cursor,omitempty"`
}

// Preflight is what checking the servers found.
type Preflight struct {
	Findings     []Finding       `json:"findings"`
	FindingsHash string          `json:"findings_hash"` // of the findings that an approval accepts
	Blocked      bool            `json:"blocked"`
	Plan         json.RawMessage `json:"plan,omitempty" swaggertype:"object"`
	At           *time.Time      `json:"at,omitempty" format:"date-time"`
	Gone         []Finding       `json:"gone"` // found when the ticket was asked for, and no longer
}

// Finding is one thing that preflight found and what to do about it. A block cannot be accepted, a confirm must be.
type Finding struct {
	Level   string   `json:"level" enums:"block,confirm,note"`
	Code    string   `json:"code" example:"missing_grant"`
	Objects []string `json:"objects"`
	Message Text     `json:"message"`
	Remedy  Text     `json:"remedy"`
	New     bool     `json:"new"` // not found, or not in these words, when the ticket was asked for
}

// Attempt is one run.
type Attempt struct {
	Number     int        `json:"number"`
	Worker     string     `json:"worker"`
	State      string     `json:"state"`
	Code       string     `json:"code,omitempty"`
	Message    string     `json:"message,omitempty"`
	StartedAt  *time.Time `json:"started_at,omitempty" format:"date-time"`
	FinishedAt *time.Time `json:"finished_at,omitempty" format:"date-time"`
}

// Action is something the caller may do with a ticket, or the reason why not.
type Action struct {
	Name    string `json:"name" example:"approve"`
	Allowed bool   `json:"allowed"`
	Code    string `json:"code,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// Event is something that happened; seq is its place in the one order of all events.
type Event struct {
	Seq       int64           `json:"seq"`
	Type      string          `json:"type" example:"ticket.approved"`
	Aggregate string          `json:"aggregate" example:"ticket"`
	SubjectID int64           `json:"subject_id"`
	Actor     *Person         `json:"actor,omitempty"` // absent: the system
	Data      json.RawMessage `json:"data,omitempty" swaggertype:"object"`
	At        time.Time       `json:"at" format:"date-time"`
}

// EventList is the story of a ticket, oldest first.
type EventList struct {
	Items []Event `json:"items"`
}

// TicketCounts are the tabs over the list.
type TicketCounts struct {
	Mine      int64 `json:"mine"`
	ToReview  int64 `json:"to_review"`
	Running   int64 `json:"running"`
	FailedDay int64 `json:"failed_day"` // in the last 24 hours
	All       int64 `json:"all"`
}

func ticketOf(v ticket.View) Ticket {
	return Ticket{ID: v.ID, Kind: v.Kind, Title: v.Title, State: string(v.State), Version: v.Version,
		Requester: Person{v.RequesterID, v.RequesterName}, Reviewer: personOf(v.ReviewerID, v.ReviewerName),
		Source: placeOf(v.Source, v.Subject.SourceDatabase), Target: placeOf(v.Target, v.Subject.TargetDatabase),
		Tables: listed(v.Subject.Tables), Blocked: v.Preflight.Blocked(), Phase: v.Phase, Progress: v.Progress,
		CancelRequested: v.CancelAsked, WaitingFor: v.WaitingFor, FailureCode: v.FailureCode, Failure: v.Failure,
		NotBefore: optionalTime(v.NotBefore), SubmittedAt: v.SubmittedAt, ApprovedAt: optionalTime(v.ApprovedAt),
		StartedAt: optionalTime(v.StartedAt), FinishedAt: optionalTime(v.FinishedAt), UpdatedAt: v.UpdatedAt}
}

func ticketDetailOf(v ticket.View) TicketDetail {
	return TicketDetail{Ticket: ticketOf(v), Reason: v.Reason, Spec: v.Spec, SpecHash: v.SpecHash, Preflight: preflightSince(v.Preflight, v.Asked),
		ReviewNote: v.ReviewNote, Report: v.Report, UndoUntil: optionalTime(v.Undo.Until), Attempts: each(v.Attempts, attemptOf), Reviewers: each(v.Reviewers, shownPerson),
		Actions: each(v.Actions, func(a ticket.Action) Action { return Action(a) })}
}

// preflightSince marks what has changed since the ticket was asked for.
func preflightSince(p ticket.Preflight, asked []ticket.Finding) Preflight {
	shown := preflightOf(p)
	fresh, gone := p.Since(asked)
	for i := range shown.Findings {
		shown.Findings[i].New = fresh[i]
	}
	shown.Gone = each(gone, findingOf)
	return shown
}

func preflightOf(p ticket.Preflight) Preflight {
	return Preflight{Findings: each(p.Findings, findingOf), FindingsHash: p.Hash, Blocked: p.Blocked(), Plan: p.Plan, At: optionalTime(p.At), Gone: []Finding{}}
}

func findingOf(f ticket.Finding) Finding {
	return Finding{Level: f.Level, Code: f.Code, Objects: listed(f.Objects), Message: textOf(f.Message), Remedy: textOf(f.Remedy)}
}

func textOf(byLanguage map[string]string) Text {
	return Text{EN: byLanguage["en"], ZH: byLanguage["zh"]}
}

func attemptOf(a ticket.Attempt) Attempt {
	return Attempt{Number: a.Number, Worker: a.Worker, State: a.State, Code: a.Code, Message: a.Message,
		StartedAt: optionalTime(a.StartedAt), FinishedAt: optionalTime(a.FinishedAt)}
}

func personOf(id int64, name string) *Person {
	if id == 0 {
		return nil
	}
	return &Person{ID: id, Name: name}
}

func placeOf(i *ticket.InstanceView, database string) *Place {
	if i == nil {
		return nil
	}
	return &Place{InstanceID: i.ID, InstanceName: i.Name, EnvironmentID: i.EnvironmentID, EnvironmentName: i.EnvironmentName,
		EnvironmentColor: i.EnvironmentColor, Protected: i.Protected, Database: database}
}

func eventOf(e event.Event) Event {
	return Event{Seq: e.Seq, Type: e.Type, Aggregate: e.Aggregate, SubjectID: e.SubjectID, Actor: personOf(e.ActorID, e.ActorName),
		Data: e.Data, At: e.At}
}
