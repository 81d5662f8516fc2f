package store

import (
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/job"
	"overmind/pkg/stats"
)

// factRow is a stats.Fact; durations are milliseconds, -1 = not known.
type factRow struct {
	TicketID            int64 `gorm:"primaryKey"`
	Kind                string
	State               string
	SourceEnvironmentID int64
	TargetEnvironmentID int64
	SourceInstanceID    int64
	TargetInstanceID    int64
	RequesterID         int64
	ReviewerID          int64
	FailureCode         string
	SubmittedAt         time.Time
	ReviewMs            int64
	QueueMs             int64
	RunMs               int64
	MovedRows           int64
	MovedBytes          int64
}

func (factRow) TableName() string { return "ticket_facts" }

// factsNow reads a ticket's fact as it is now. A rejection is a decision at the end; a run's time is that of all its
// attempts; a ticket that asked for a later time waits in the queue from then.
const factsNow = `SELECT t.id AS ticket_id, t.kind, t.state, COALESCE(si.environment_id, -1) AS source_environment_id,
	COALESCE(ti.environment_id, -1) AS target_environment_id, t.source_instance_id, t.target_instance_id, t.requester_id,
	CASE WHEN t.approved_at IS NOT NULL OR t.state = 'rejected' THEN t.reviewer_id ELSE 0 END AS reviewer_id,
	CASE WHEN t.state IN ('failed', 'needs_attention') THEN t.failure_code ELSE '' END AS failure_code, t.submitted_at,
	COALESCE(TIMESTAMPDIFF(MICROSECOND, t.submitted_at, COALESCE(t.approved_at, CASE WHEN t.state = 'rejected' THEN t.finished_at END)) DIV 1000, -1) AS review_ms,
	COALESCE(GREATEST(TIMESTAMPDIFF(MICROSECOND, GREATEST(t.approved_at, COALESCE(t.not_before, t.approved_at)), a.started_at), 0) DIV 1000, -1) AS queue_ms,
	CASE WHEN t.state IN ('running', 'queued') THEN -1 ELSE COALESCE(a.busy DIV 1000, -1) END AS run_ms,
	COALESCE(v.moved_rows, 0) AS moved_rows, COALESCE(v.moved_bytes, 0) AS moved_bytes
	FROM tickets t LEFT JOIN instances si ON si.id = t.source_instance_id LEFT JOIN instances ti ON ti.id = t.target_instance_id
	LEFT JOIN ticket_volumes v ON v.ticket_id = t.id
	LEFT JOIN (SELECT ticket_id, MIN(started_at) AS started_at, SUM(TIMESTAMPDIFF(MICROSECOND, started_at, finished_at)) AS busy
		FROM attempts WHERE ticket_id %[1]s GROUP BY ticket_id) a ON a.ticket_id = t.id
	WHERE t.id %[1]s`

var factColumns = []string{"ticket_id", "kind", "state", "source_environment_id", "target_environment_id", "source_instance_id", "target_instance_id",
	"requester_id", "reviewer_id", "failure_code", "submitted_at", "review_ms", "queue_ms", "run_ms", "moved_rows", "moved_bytes"}

// renewFacts is a statement that writes the facts of tickets as they are now; which chooses them and is bound twice.
// The server does it by itself, because a rebuild does it to every ticket.
func renewFacts(which string) string {
	assign := make([]string, 0, len(factColumns))
	for _, column := range factColumns[1:] {
		assign = append(assign, column+" = VALUES("+column+")")
	}
	return "INSERT INTO ticket_facts (" + strings.Join(factColumns, ", ") + ") " + fmt.Sprintf(factsNow, which) +
		" ON DUPLICATE KEY UPDATE " + strings.Join(assign, ", ")
}

// facts reads them as they are stored.
func facts(tx *gorm.DB, where string, args ...any) ([]stats.Fact, error) {
	var rows []factRow
	if err := tx.Where(where, args...).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]stats.Fact, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.fact())
	}
	return list, nil
}

func saveVolume(tx *gorm.DB, ticketID int64, moved job.Volume) error {
	err := tx.Exec(`INSERT INTO ticket_volumes (ticket_id, moved_rows, moved_bytes) VALUES (?, ?, ?)
		ON DUPLICATE KEY UPDATE moved_rows = VALUES(moved_rows), moved_bytes = VALUES(moved_bytes)`, ticketID, moved.Rows, moved.Bytes).Error
	if err != nil {
		return fmt.Errorf("store: write the volume of ticket %d: %w", ticketID, err)
	}
	return nil
}

func (r factRow) fact() stats.Fact {
	return stats.Fact{TicketID: r.TicketID, Kind: r.Kind, State: r.State, SourceEnvironmentID: r.SourceEnvironmentID, TargetEnvironmentID: r.TargetEnvironmentID,
		SourceInstanceID: r.SourceInstanceID, TargetInstanceID: r.TargetInstanceID, RequesterID: r.RequesterID, ReviewerID: r.ReviewerID,
		FailureCode: r.FailureCode, Submitted: r.SubmittedAt, Review: duration(r.ReviewMs), Queue: duration(r.QueueMs), Run: duration(r.RunMs),
		Rows: r.MovedRows, Bytes: r.MovedBytes}
}

func duration(ms int64) time.Duration {
	if ms < 0 {
		return stats.Unknown
	}
	return time.Duration(ms) * time.Millisecond
}
