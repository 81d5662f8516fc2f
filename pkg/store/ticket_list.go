package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"overmind/pkg/event"
	"overmind/pkg/ticket"
)

// viewRow is a ticket with the names beside it.
type viewRow struct {
	Ticket        ticketRow `gorm:"embedded"`
	RequesterName string
	ReviewerName  string
	JobProgress   string
	JobPhase      string
	JobCancel     bool
	JobCommitted  bool
}

const (
	// A list leaves out what only a detail page shows and what may be large.
	listColumns = `t.id, t.kind, t.title, t.reason, t.state, t.version, t.requester_id, t.spec, t.spec_hash,
		t.source_instance_id, t.source_database, t.target_instance_id, t.target_database, t.subject_tables, t.findings,
		t.findings_hash, t.preflight_at, t.not_before, t.reviewer_id, t.review_note, t.approved_at, t.failure_code,
		t.failure, t.waiting_for, t.submitted_at, t.started_at, t.finished_at, t.updated_at`
	viewColumns = `, COALESCE(NULLIF(u.display_name, ''), u.username, '') AS requester_name,
		COALESCE(NULLIF(r.display_name, ''), r.username, '') AS reviewer_name,
		COALESCE(j.progress, '') AS job_progress, COALESCE(j.phase, '') AS job_phase,
		COALESCE(j.cancel_requested, 0) AS job_cancel, j.committed_at IS NOT NULL AS job_committed`
	viewTables = `tickets t
		LEFT JOIN users u ON u.id = t.requester_id
		LEFT JOIN users r ON r.id = t.reviewer_id
		LEFT JOIN jobs j ON j.ticket_id = t.id AND j.state = 'running'`
)

// Get implements ticket.Store.
func (s *Store) Get(ctx context.Context, id, ownerID int64) (ticket.View, error) {
	db := s.db.WithContext(ctx)
	q := db.Table(viewTables).Select("t.*"+viewColumns).Where("t.id = ?", id)
	if ownerID != 0 {
		q = q.Where("t.requester_id = ?", ownerID)
	}
	var row viewRow
	if err := q.Take(&row).Error; err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ticket.View{}, ticketNotFound()
		}
		return ticket.View{}, fmt.Errorf("store: read ticket %d: %w", id, err)
	}
	views, err := viewsOf(db, []viewRow{row})
	if err != nil {
		return ticket.View{}, err
	}
	if views[0].State == ticket.Succeeded {
		if views[0].Undo, err = undoOf(db, id); err != nil {
			return ticket.View{}, err
		}
	}
	err = db.Table("attempts").Where("ticket_id = ?", id).Order("number").Scan(&views[0].Attempts).Error
	if err != nil {
		return ticket.View{}, fmt.Errorf("store: read attempts: %w", err)
	}
	views[0].Asked, err = askedFindings(db, views[0])
	return views[0], err
}

// List implements ticket.Store: newest first, unless the filter says otherwise.
func (s *Store) List(ctx context.Context, f ticket.Filter, p ticket.Page) ([]ticket.View, error) {
	ids, err := s.listed(ctx, f, p)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	db := s.db.WithContext(ctx)
	var rows []viewRow
	if err := db.Table(viewTables).Select(listColumns+viewColumns).Where("t.id IN ?", ids).Order(orderOf(f)).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("store: read listed tickets: %w", err)
	}
	return viewsOf(db, rows)
}

func viewsOf(db *gorm.DB, rows []viewRow) ([]ticket.View, error) {
	var ids, instanceIDs []int64
	for _, row := range rows {
		ids = append(ids, row.Ticket.ID)
		instanceIDs = append(instanceIDs, row.Ticket.SourceInstanceID, row.Ticket.TargetInstanceID)
	}
	editors, err := editorsOf(db, ids)
	if err != nil {
		return nil, err
	}
	instances, err := instanceViews(db, instanceIDs)
	if err != nil {
		return nil, err
	}
	views := make([]ticket.View, 0, len(rows))
	for _, row := range rows {
		t, err := row.Ticket.ticket()
		if err != nil {
			return nil, err
		}
		t.EditorIDs = editors[t.ID]
		views = append(views, ticket.View{Ticket: t, RequesterName: row.RequesterName, ReviewerName: row.ReviewerName,
			Source: instances[t.Subject.SourceInstanceID], Target: instances[t.Subject.TargetInstanceID],
			Progress: rawJSON(row.JobProgress), Phase: row.JobPhase, CancelAsked: row.JobCancel, Committed: row.JobCommitted})
	}
	return views, nil
}

func instanceViews(db *gorm.DB, ids []int64) (map[int64]*ticket.InstanceView, error) {
	views := map[int64]*ticket.InstanceView{}
	if len(ids) == 0 {
		return views, nil
	}
	var rows []ticket.InstanceView
	err := db.Raw(`SELECT i.id, i.name, i.environment_id, e.name AS environment_name, e.color AS environment_color,
		e.protected, e.allow_self_approval FROM instances i JOIN environments e ON e.id = i.environment_id WHERE i.id IN ?`, ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("store: read instances of tickets: %w", err)
	}
	for i := range rows {
		views[rows[i].ID] = &rows[i]
	}
	return views, nil
}

// Counts implements ticket.Store.
func (s *Store) Counts(ctx context.Context, actor event.Actor) (ticket.Counts, error) {
	db := s.db.WithContext(ctx)
	visible := ticket.Filter{}
	if !actor.IsStaff() {
		visible.OwnerID = actor.UserID
	}
	mine, review, running := visible, visible, visible
	mine.RequesterID = actor.UserID
	review.ReviewableBy = actor.UserID
	running.States = []ticket.State{ticket.Running, ticket.Undoing}
	failed := visible
	failed.States = []ticket.State{ticket.Failed, ticket.NeedsAttention}

	var c ticket.Counts
	counts := []struct {
		q    *gorm.DB
		into *int64
	}{
		{filtered(db.Table("tickets t"), mine), &c.Mine},
		{filtered(db.Table("tickets t"), running), &c.Running},
		{filtered(db.Table("tickets t"), failed).Where("t.finished_at > NOW(6) - INTERVAL 1 DAY"), &c.FailedDay},
		{filtered(db.Table("tickets t"), visible), &c.All},
		{filtered(db.Table("tickets t"), review), &c.ToReview},
	}
	if !actor.IsStaff() {
		counts = counts[:len(counts)-1] // only staff review
	}
	for _, count := range counts {
		if err := count.q.Count(count.into).Error; err != nil {
			return c, fmt.Errorf("store: count tickets: %w", err)
		}
	}
	return c, nil
}
