package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/ticket"
)

// nameOf is how a user of the given alias is shown.
func nameOf(alias string) string {
	return "COALESCE(NULLIF(" + alias + ".display_name, ''), " + alias + ".username)"
}

// History implements ticket.Store. Within one ticket the order of ids is the order of the commits, because every change
// holds the ticket's row.
func (s *Store) History(ctx context.Context, id int64) (ticket.History, error) {
	var rows []eventRow
	err := shownEvents(s.db.WithContext(ctx)).Where("e.aggregate = ? AND e.subject_id = ?", ticket.Aggregate, id).Order("e.id").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("store: read history of ticket %d: %w", id, err)
	}
	history := make(ticket.History, 0, len(rows))
	for _, row := range rows {
		history = append(history, row.event())
	}
	return history, nil
}

// shownEvents reads events with the names that people are shown with; the row keeps the login name.
func shownEvents(db *gorm.DB) *gorm.DB {
	return db.Table("events e LEFT JOIN users u ON u.id = e.actor_id").Select(`e.id, e.seq, e.type, e.aggregate, e.subject_id, e.owner_id,
		e.actor_id, COALESCE(` + nameOf("u") + `, e.actor_name) AS actor_name, e.data, e.at`)
}

// Requesters implements ticket.Reader.
func (s *Store) Requesters(ctx context.Context) ([]ticket.Person, error) {
	return s.people(ctx, "u.id IN (SELECT DISTINCT requester_id FROM tickets)")
}

// Staff implements ticket.Reader.
func (s *Store) Staff(ctx context.Context) ([]ticket.Person, error) {
	return s.people(ctx, "u.role IN ('dba', 'admin') AND u.disabled = 0")
}

func (s *Store) people(ctx context.Context, where string) ([]ticket.Person, error) {
	var people []ticket.Person
	err := s.db.WithContext(ctx).Table("users u").Select("u.id, " + nameOf("u") + " AS name").Where(where).Order("name, u.id").Scan(&people).Error
	if err != nil {
		return nil, fmt.Errorf("store: read people: %w", err)
	}
	return people, nil
}

// keepAsked stores what preflight found for the content as it is written now.
func keepAsked(tx *gorm.DB, t ticket.Ticket) error {
	findings, err := json.Marshal(t.Preflight.Findings)
	if err != nil {
		return fmt.Errorf("store: encode findings: %w", err)
	}
	err = tx.Exec("REPLACE INTO asked_findings (ticket_id, findings) VALUES (?, ?)", t.ID, string(findings)).Error
	if err != nil {
		return fmt.Errorf("store: keep findings: %w", err)
	}
	return nil
}

// askedFindings are those of the submission or the last edit; a ticket from before they were kept has what it has now.
func askedFindings(db *gorm.DB, v ticket.View) ([]ticket.Finding, error) {
	var rows []string
	if err := db.Raw("SELECT findings FROM asked_findings WHERE ticket_id = ?", v.ID).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("store: read findings: %w", err)
	}
	if len(rows) == 0 {
		return v.Preflight.Findings, nil
	}
	var findings []ticket.Finding
	if err := json.Unmarshal([]byte(rows[0]), &findings); err != nil {
		return nil, fmt.Errorf("store: decode findings of ticket %d: %w", v.ID, err)
	}
	return findings, nil
}

type logRow struct {
	TicketID int64
	Attempt  int
	Line     int
	At       time.Time
	Level    string
	Message  string
	Data     string
}

// RunLog implements ticket.Reader.
func (s *Store) RunLog(ctx context.Context, id int64, after ticket.LogPlace, limit int) ([]ticket.LogLine, error) {
	var rows []logRow
	err := s.db.WithContext(ctx).Table("job_log").Where("ticket_id = ? AND (attempt > ? OR (attempt = ? AND line > ?))", id,
		after.Attempt, after.Attempt, after.Line).Order("attempt, line").Limit(limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("store: read log of ticket %d: %w", id, err)
	}
	lines := make([]ticket.LogLine, 0, len(rows))
	for _, r := range rows {
		lines = append(lines, ticket.LogLine{LogPlace: ticket.LogPlace{Attempt: r.Attempt, Line: r.Line}, At: r.At.UTC(),
			Level: r.Level, Message: r.Message, Data: rawJSON(r.Data)})
	}
	return lines, nil
}
