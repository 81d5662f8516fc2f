package store

import (
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/ticket"
)

type ticketRow struct {
	ID               int64
	Kind             string
	Title            string
	Reason           string
	State            string
	Version          int
	RequesterID      int64
	Spec             string
	SpecHash         string
	SourceInstanceID int64
	SourceDatabase   string
	TargetInstanceID int64
	TargetDatabase   string
	SubjectTables    string
	Findings         string
	FindingsHash     string
	Plan             string
	Locks            string
	PreflightAt      *time.Time
	NotBefore        *time.Time
	ReviewerID       int64
	ReviewNote       string
	ApprovedAt       *time.Time
	FailureCode      string
	Failure          string
	Report           string
	WaitingFor       int64
	SubmittedAt      time.Time
	StartedAt        *time.Time
	FinishedAt       *time.Time
	UpdatedAt        time.Time `gorm:"autoUpdateTime:false"` // the database's time, set by us
}

func (ticketRow) TableName() string { return "tickets" }

func rowOfTicket(t ticket.Ticket) (ticketRow, error) {
	r := ticketRow{
		ID: t.ID, Kind: t.Kind, Title: t.Title, Reason: t.Reason, State: string(t.State), Version: t.Version,
		RequesterID: t.RequesterID, Spec: textOf(t.Spec), SpecHash: t.SpecHash,
		SourceInstanceID: t.Subject.SourceInstanceID, SourceDatabase: t.Subject.SourceDatabase,
		TargetInstanceID: t.Subject.TargetInstanceID, TargetDatabase: t.Subject.TargetDatabase,
		FindingsHash: t.Preflight.Hash, Plan: textOf(t.Preflight.Plan), PreflightAt: nullTime(t.Preflight.At),
		NotBefore: nullTime(t.NotBefore), ReviewerID: t.ReviewerID, ReviewNote: t.ReviewNote, ApprovedAt: nullTime(t.ApprovedAt),
		FailureCode: t.FailureCode, Failure: t.Failure, Report: textOf(t.Report), WaitingFor: t.WaitingFor,
		SubmittedAt: t.SubmittedAt, StartedAt: nullTime(t.StartedAt), FinishedAt: nullTime(t.FinishedAt), UpdatedAt: t.UpdatedAt,
	}
	for _, field := range []struct {
		value any
		text  *string
	}{{t.Subject.Tables, &r.SubjectTables}, {t.Preflight.Findings, &r.Findings}, {t.Preflight.Locks, &r.Locks}} {
		raw, err := json.Marshal(field.value)
		if err != nil {
			return r, fmt.Errorf("store: encode ticket: %w", err)
		}
		*field.text = string(raw)
	}
	return r, nil
}

func (r ticketRow) ticket() (ticket.Ticket, error) {
	t := ticket.Ticket{
		ID: r.ID, Kind: r.Kind, Title: r.Title, Reason: r.Reason, State: ticket.State(r.State), Version: r.Version,
		RequesterID: r.RequesterID, Spec: rawJSON(r.Spec), SpecHash: r.SpecHash,
		Subject: ticket.Subject{SourceInstanceID: r.SourceInstanceID, SourceDatabase: r.SourceDatabase,
			TargetInstanceID: r.TargetInstanceID, TargetDatabase: r.TargetDatabase},
		Preflight: ticket.Preflight{Hash: r.FindingsHash, Plan: rawJSON(r.Plan), At: timeOf(r.PreflightAt)},
		NotBefore: timeOf(r.NotBefore), ReviewerID: r.ReviewerID, ReviewNote: r.ReviewNote, ApprovedAt: timeOf(r.ApprovedAt),
		FailureCode: r.FailureCode, Failure: r.Failure, Report: rawJSON(r.Report), WaitingFor: r.WaitingFor,
		SubmittedAt: r.SubmittedAt, StartedAt: timeOf(r.StartedAt), FinishedAt: timeOf(r.FinishedAt), UpdatedAt: r.UpdatedAt,
	}
	for _, field := range []struct {
		text  string
		value any
	}{{r.SubjectTables, &t.Subject.Tables}, {r.Findings, &t.Preflight.Findings}, {r.Locks, &t.Preflight.Locks}} {
		if field.text == "" { // a column that this query left out
			continue
		}
		if err := json.Unmarshal([]byte(field.text), field.value); err != nil {
			return t, fmt.Errorf("store: decode ticket %d: %w", r.ID, err)
		}
	}
	return t, nil
}

// editorsOf reads who edited these tickets, by ticket.
func editorsOf(db *gorm.DB, ids []int64) (map[int64][]int64, error) {
	editors := map[int64][]int64{}
	if len(ids) == 0 {
		return editors, nil
	}
	var rows []struct{ TicketID, UserID int64 }
	err := db.Raw("SELECT ticket_id, user_id FROM ticket_editors WHERE ticket_id IN ? ORDER BY user_id", ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("store: read editors: %w", err)
	}
	for _, r := range rows {
		editors[r.TicketID] = append(editors[r.TicketID], r.UserID)
	}
	return editors, nil
}

func nullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
