package store

import (
	"context"
	"encoding/json"
	"fmt"

	"overmind/pkg/event"
)

const maxAuditPage = 200

// ListAudit returns audit rows, newest first, at most 200.
func (s *Store) ListAudit(ctx context.Context, f event.AuditFilter) ([]event.AuditRow, error) {
	q := s.db.WithContext(ctx).Order("id DESC").Limit(min(max(f.Limit, 1), maxAuditPage))
	if f.Before != 0 {
		q = q.Where("id < ?", f.Before)
	}
	if f.Action != "" {
		q = q.Where("action = ?", f.Action)
	}
	if f.Aggregate != "" {
		q = q.Where("aggregate = ?", f.Aggregate)
	}
	if f.SubjectID != 0 {
		q = q.Where("subject_id = ?", f.SubjectID)
	}
	if f.ActorID != 0 {
		q = q.Where("actor_id = ?", f.ActorID)
	}
	if !f.Since.IsZero() {
		q = q.Where("at >= ?", f.Since.UTC())
	}
	if !f.Until.IsZero() {
		q = q.Where("at < ?", f.Until.UTC())
	}
	var rows []auditRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("store: list audit rows: %w", err)
	}
	list := make([]event.AuditRow, 0, len(rows))
	for _, r := range rows {
		list = append(list, event.AuditRow{ID: r.ID, At: r.At, Hash: r.Hash, Audit: event.Audit{Action: r.Action, Aggregate: r.Aggregate,
			SubjectID: r.SubjectID, Actor: event.Actor{UserID: r.ActorID, Name: r.ActorName, Role: event.Role(r.ActorRole), Address: r.Address},
			Before: json.RawMessage(r.BeforeJSON), After: json.RawMessage(r.AfterJSON)}})
	}
	return list, nil
}
