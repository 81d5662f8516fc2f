package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

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

type rollupRow struct {
	Grain               string    `gorm:"primaryKey"`
	Period              time.Time `gorm:"primaryKey;type:date"`
	Dimension           string    `gorm:"primaryKey"`
	Member              string    `gorm:"primaryKey"`
	Kind                string    `gorm:"primaryKey"`
	SourceEnvironmentID int64     `gorm:"primaryKey"`
	TargetEnvironmentID int64     `gorm:"primaryKey"`
	Tickets             int64
	Succeeded           int64
	Failed              int64
	MovedRows           int64
	MovedBytes          int64
	ReviewSeconds       int64
}

func (rollupRow) TableName() string { return "ticket_rollups" }

// factColumns read a ticket's fact as it is now. A rejection is a decision at the end; a run's time is that of all its
// attempts; a ticket that asked for a later time waits in the queue from then.
const factColumns = `SELECT t.id AS ticket_id, t.kind, t.state, COALESCE(si.environment_id, -1) AS source_environment_id,
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
		FROM attempts WHERE ticket_id IN ? GROUP BY ticket_id) a ON a.ticket_id = t.id
	WHERE t.id IN ?`

func currentFacts(tx *gorm.DB, ids []int64) ([]stats.Fact, error) {
	var rows []factRow
	if err := tx.Raw(factColumns, ids, ids).Scan(&rows).Error; err != nil {
		return nil, err
	}
	facts := make([]stats.Fact, 0, len(rows))
	for _, r := range rows {
		facts = append(facts, r.fact())
	}
	return facts, nil
}

func countedFacts(tx *gorm.DB, ids []int64) (map[int64]*stats.Fact, error) {
	var rows []factRow
	if err := tx.Where("ticket_id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	facts := map[int64]*stats.Fact{}
	for _, r := range rows {
		fact := r.fact()
		facts[r.TicketID] = &fact
	}
	return facts, nil
}

func saveFacts(tx *gorm.DB, facts []stats.Fact) error {
	rows := make([]factRow, 0, len(facts))
	for _, f := range facts {
		rows = append(rows, factRow{f.TicketID, f.Kind, f.State, f.SourceEnvironmentID, f.TargetEnvironmentID, f.SourceInstanceID, f.TargetInstanceID,
			f.RequesterID, f.ReviewerID, f.FailureCode, f.Submitted, milliseconds(f.Review), milliseconds(f.Queue), milliseconds(f.Run), f.Rows, f.Bytes})
	}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(&rows, rowsAtOnce).Error
}

func saveVolume(tx *gorm.DB, ticketID int64, moved job.Volume) error {
	err := tx.Exec(`INSERT INTO ticket_volumes (ticket_id, moved_rows, moved_bytes) VALUES (?, ?, ?)
		ON DUPLICATE KEY UPDATE moved_rows = VALUES(moved_rows), moved_bytes = VALUES(moved_bytes)`, ticketID, moved.Rows, moved.Bytes).Error
	if err != nil {
		return fmt.Errorf("store: write the volume of ticket %d: %w", ticketID, err)
	}
	return nil
}

const rowsAtOnce = 1000

func addCells(tx *gorm.DB, cells stats.Cells) error {
	rows := make([]rollupRow, 0, len(cells))
	for key, m := range cells {
		period, err := time.Parse(time.DateOnly, key.Period)
		if err != nil {
			return err
		}
		rows = append(rows, rollupRow{string(key.Grain), period, string(key.Dimension), key.Member, key.Kind, key.SourceEnvironmentID,
			key.TargetEnvironmentID, m.Tickets, m.Succeeded, m.Failed, m.Rows, m.Bytes, m.ReviewSeconds})
	}
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b rollupRow) int { return strings.Compare(a.order(), b.order()) })
	add := map[string]any{}
	for _, measure := range []string{"tickets", "succeeded", "failed", "moved_rows", "moved_bytes", "review_seconds"} {
		add[measure] = gorm.Expr(measure + " + VALUES(" + measure + ")")
	}
	return tx.Clauses(clause.OnConflict{DoUpdates: clause.Assignments(add)}).CreateInBatches(&rows, rowsAtOnce).Error
}

// order is about that of the table, so that its pages are visited once.
func (r rollupRow) order() string {
	return fmt.Sprint(r.Grain, " ", r.SourceEnvironmentID, " ", r.TargetEnvironmentID, " ", r.Period.Format(time.DateOnly), r.Dimension, r.Member)
}

func (r factRow) fact() stats.Fact {
	return stats.Fact{TicketID: r.TicketID, Kind: r.Kind, State: r.State, SourceEnvironmentID: r.SourceEnvironmentID, TargetEnvironmentID: r.TargetEnvironmentID,
		SourceInstanceID: r.SourceInstanceID, TargetInstanceID: r.TargetInstanceID, RequesterID: r.RequesterID, ReviewerID: r.ReviewerID,
		FailureCode: r.FailureCode, Submitted: r.SubmittedAt, Review: duration(r.ReviewMs), Queue: duration(r.QueueMs), Run: duration(r.RunMs),
		Rows: r.MovedRows, Bytes: r.MovedBytes}
}

func milliseconds(d time.Duration) int64 {
	if d == stats.Unknown {
		return -1
	}
	return d.Milliseconds()
}

func duration(ms int64) time.Duration {
	if ms < 0 {
		return stats.Unknown
	}
	return time.Duration(ms) * time.Millisecond
}
