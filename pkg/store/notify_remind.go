package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/event"
	"overmind/pkg/notify"
	"overmind/pkg/ticket"
)

// waiting is a ticket that waits since then. WaitingFor and WorkerGroup say what for, in the queue.
type waiting struct {
	ID          int64
	RequesterID int64
	State       string
	Since       time.Time
	WaitingFor  int64
	WorkerGroup string
}

const (
	inReview = `SELECT t.id, t.requester_id, t.state, 0 AS waiting_for, '' AS worker_group,
		(SELECT MAX(e.at) FROM events e WHERE e.aggregate = 'ticket' AND e.subject_id = t.id AND e.type IN (` + reviewBegins + `)) AS since
		FROM tickets t WHERE t.state = 'pending_review'`
	inQueue = `SELECT t.id, t.requester_id, t.state, t.waiting_for, j.worker_group, j.not_before AS since
		FROM jobs j JOIN tickets t ON t.id = j.ticket_id WHERE j.state = 'queued'`
)

// reminders are the types of reminders, with where a ticket waits and how the row is named that says it was written.
var reminders = map[notify.Type]struct{ where, level string }{
	notify.ReviewReminder:  {inReview, "reminder"},
	notify.ReviewEscalated: {inReview, "escalation"},
	notify.QueueReminder:   {inQueue, "queue_reminder"},
	notify.QueueEscalated:  {inQueue, "queue_escalated"},
}

// Remind implements notify.Deliveries. The row that says so and the event are one transaction, and the row is only new
// once, so that several processes remind once.
func (n *Notifications) Remind(ctx context.Context, about notify.Type, after time.Duration) error {
	r := reminders[about]
	var list []waiting
	err := n.s.db.WithContext(ctx).Raw("SELECT w.* FROM ("+r.where+`) w WHERE w.since <= NOW(6) - INTERVAL ? MICROSECOND
		AND NOT EXISTS (SELECT 1 FROM review_reminders r WHERE r.ticket_id = w.id AND r.since = w.since AND r.level = ?)`,
		after.Microseconds(), r.level).Scan(&list).Error
	if err != nil {
		return fmt.Errorf("store: look for waiting tickets: %w", err)
	}
	for _, w := range list {
		err := n.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
			result := tx.Exec("INSERT IGNORE INTO review_reminders (ticket_id, since, level) VALUES (?, ?, ?)", w.ID, w.Since, r.level)
			if result.Error != nil || result.RowsAffected == 0 {
				return result.Error
			}
			return addEvent(tx, now, event.Event{Type: string(about), Aggregate: ticket.Aggregate, SubjectID: w.ID, OwnerID: w.RequesterID,
				ActorName: event.System.Name, Data: event.Encode(w.data())})
		})
		if err != nil {
			return fmt.Errorf("store: remind of ticket %d: %w", w.ID, err)
		}
	}
	return nil
}

// data says in both languages what a ticket in the queue waits for.
func (w waiting) data() map[string]any {
	data := map[string]any{"state": w.State, "since": w.Since}
	switch {
	case w.WaitingFor != 0:
		data["message"] = map[string]string{"en": fmt.Sprintf("It waits for ticket #%d, which uses the same databases or connections.", w.WaitingFor),
			"zh": fmt.Sprintf("它在等待工单 #%d，该工单正在使用相同的数据库或连接。", w.WaitingFor)}
	case w.WorkerGroup != "":
		data["message"] = map[string]string{"en": fmt.Sprintf("No worker of group %s has taken it. See that one runs.", w.WorkerGroup),
			"zh": fmt.Sprintf("%s 组中没有执行节点领取它。请确认有节点在运行。", w.WorkerGroup)}
	}
	return data
}
