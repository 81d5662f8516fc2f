package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/fault"
	"overmind/pkg/notify"
)

type deliveryRow struct {
	ID            int64
	NoticeID      int64
	ChannelID     int64
	ChannelName   string
	ChannelKind   string
	Recipient     string
	RecipientName string
	Language      string
	Lane          string
	MessageID     string
	State         string
	Attempts      int
	NextAt        time.Time
	GiveUpAt      time.Time
	LeaseOwner    string
	LeaseUntil    *time.Time
	Error         string
	CreatedAt     time.Time
	SettledAt     *time.Time
}

func (deliveryRow) TableName() string { return "deliveries" }

// messageRow is a message with what it says.
type messageRow struct {
	Delivery deliveryRow `gorm:"embedded"`
	EventSeq int64
	Type     string
	TicketID int64
	Facts    string
	At       time.Time
}

const (
	messageColumns = "d.*, n.event_seq, n.type, n.ticket_id, n.facts, n.at"
	messageTables  = "deliveries d JOIN notices n ON n.id = d.notice_id"
)

func (r messageRow) delivery() (notify.Delivery, error) {
	d := r.Delivery
	out := notify.Delivery{ID: d.ID, ChannelID: d.ChannelID, ChannelName: d.ChannelName, ChannelKind: notify.Kind(d.ChannelKind),
		Notice:    notify.Notice{EventSeq: r.EventSeq, Type: notify.Type(r.Type), At: r.At},
		Recipient: d.Recipient, RecipientName: d.RecipientName, Language: d.Language, MessageID: d.MessageID, State: notify.State(d.State),
		Attempts: d.Attempts, Error: d.Error, NextAt: d.NextAt, GiveUpAt: d.GiveUpAt, CreatedAt: d.CreatedAt, SettledAt: timeOrZero(d.SettledAt)}
	if err := json.Unmarshal([]byte(r.Facts), &out.Notice.Facts); err != nil {
		return out, fmt.Errorf("store: facts of message %d: %w", d.ID, err)
	}
	return out, nil
}

// isFree is a message that no process is sending.
const isFree = "(d.lease_until IS NULL OR d.lease_until <= NOW(6))"

// Ready implements notify.Deliveries.
func (n *Notifications) Ready(ctx context.Context) ([]notify.ReadyChannel, error) {
	var ready []notify.ReadyChannel
	err := n.s.db.WithContext(ctx).Raw(`SELECT c.id, c.kind FROM channels c WHERE c.paused = 0 AND (c.resume_at IS NULL OR c.resume_at <= NOW(6))
		AND EXISTS (SELECT 1 FROM deliveries d WHERE d.channel_id = c.id AND d.state = 'queued' AND d.next_at <= NOW(6) AND ` + isFree + `)
		ORDER BY c.id`).Scan(&ready).Error
	if err != nil {
		return nil, fmt.Errorf("store: look for messages: %w", err)
	}
	return ready, nil
}

// Claim implements notify.Deliveries. Claims of one channel are one after the other, because each locks the channel.
func (n *Notifications) Claim(ctx context.Context, channelID int64, owner string, p notify.Pace, lease time.Duration) (d notify.Delivery, failures int, ok bool, err error) {
	err = n.s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		ok = false
		var open []int
		err := tx.Raw(`SELECT failures FROM channels WHERE id = ? AND paused = 0 AND (resume_at IS NULL OR resume_at <= NOW(6))
			AND paced_until <= NOW(6) + INTERVAL ? MICROSECOND FOR UPDATE SKIP LOCKED`,
			channelID, (time.Duration(p.Burst-1) * p.Every).Microseconds()).Scan(&open).Error
		if err != nil || len(open) == 0 {
			return err
		}
		var rows []messageRow
		err = tx.Raw("SELECT "+messageColumns+" FROM "+messageTables+" WHERE d.channel_id = ? AND d.state = 'queued' AND d.next_at <= NOW(6) AND "+isFree+`
			AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.channel_id = d.channel_id AND e.lane = d.lane AND e.recipient = d.recipient
				AND e.state = 'queued' AND e.id < d.id)
			ORDER BY d.id LIMIT 1`, channelID).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		rows[0].Delivery.Attempts++
		result := tx.Exec(`UPDATE deliveries SET attempts = attempts + 1, lease_owner = ?, lease_until = NOW(6) + INTERVAL ? MICROSECOND
			WHERE id = ? AND state = 'queued' AND attempts = ?`, owner, lease.Microseconds(), rows[0].Delivery.ID, rows[0].Delivery.Attempts-1)
		if result.Error != nil || result.RowsAffected != 1 {
			return result.Error
		}
		err = tx.Exec("UPDATE channels SET paced_until = GREATEST(paced_until, NOW(6)) + INTERVAL ? MICROSECOND WHERE id = ?",
			p.Every.Microseconds(), channelID).Error
		if err != nil {
			return err
		}
		ok, failures = true, open[0]
		d, err = rows[0].delivery()
		return err
	})
	if err != nil {
		return d, 0, false, fmt.Errorf("store: claim a message: %w", err)
	}
	return d, failures, ok, nil
}

// Settle implements notify.Deliveries.
func (n *Notifications) Settle(ctx context.Context, d notify.Delivery, o notify.Outcome) error {
	err := n.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		change := map[string]any{"lease_owner": "", "lease_until": nil, "error": ""}
		switch f := o.Failure; {
		case f == nil:
			change["state"], change["settled_at"] = string(notify.Delivered), now
		case f.Final || !d.GiveUpAt.After(now):
			change["state"], change["settled_at"], change["error"] = string(notify.Dead), now, f.Error()
		default:
			change["next_at"], change["error"] = now.Add(o.Pause), f.Error()
		}
		// The channel first, as the claim does.
		if err := settleChannel(tx, now, d.ChannelID, o); err != nil {
			return err
		}
		return tx.Model(&deliveryRow{}).Where("id = ? AND attempts = ? AND state = 'queued'", d.ID, d.Attempts).Updates(change).Error
	})
	if err != nil {
		return fmt.Errorf("store: settle message %d: %w", d.ID, err)
	}
	return nil
}

func settleChannel(tx *gorm.DB, now time.Time, id int64, o notify.Outcome) error {
	switch f := o.Failure; {
	case f == nil:
		return tx.Exec("UPDATE channels SET failures = 0, resume_at = NULL, last_success_at = ? WHERE id = ?", now, id).Error
	case f.OnlyThis:
		return tx.Exec("UPDATE channels SET last_error_at = ?, last_error = ? WHERE id = ?", now, f.Error(), id).Error
	default:
		return tx.Exec("UPDATE channels SET failures = failures + 1, resume_at = ?, last_error_at = ?, last_error = ? WHERE id = ?",
			now.Add(o.Pause), now, f.Error(), id).Error
	}
}

// Expire implements notify.Deliveries.
func (n *Notifications) Expire(ctx context.Context) (int64, error) {
	result := n.s.db.WithContext(ctx).Exec(`UPDATE deliveries d SET d.state = 'dead', d.settled_at = NOW(6),
		d.error = IF(d.error = '', 'not tried: the channel was paused or did not answer', d.error)
		WHERE d.state = 'queued' AND d.give_up_at <= NOW(6) AND ` + isFree)
	if result.Error != nil {
		return 0, fmt.Errorf("store: give messages up: %w", result.Error)
	}
	return result.RowsAffected, nil
}

const maxDeliveryPage = 500

// Deliveries implements notify.Messages.
func (n *Notifications) Deliveries(ctx context.Context, f notify.DeliveryFilter) ([]notify.Delivery, error) {
	limit := min(max(f.Limit, 1), maxDeliveryPage)
	q := n.s.db.WithContext(ctx).Table(messageTables).Select(messageColumns).Order("d.id DESC").Limit(limit)
	if f.Before != 0 {
		q = q.Where("d.id < ?", f.Before)
	}
	if f.ChannelID != 0 {
		q = q.Where("d.channel_id = ?", f.ChannelID)
	}
	if f.TicketID != 0 {
		q = q.Where("n.ticket_id = ?", f.TicketID)
	}
	if f.State != "" {
		q = q.Where("d.state = ?", string(f.State))
	}
	var rows []messageRow
	if err := q.Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("store: list messages: %w", err)
	}
	list := make([]notify.Delivery, len(rows))
	for i, row := range rows {
		var err error
		if list[i], err = row.delivery(); err != nil {
			return nil, err
		}
	}
	if f.TicketID == 0 {
		return list, nil
	}
	old, err := folded(n.s.db.WithContext(ctx), f)
	list = append(list, old...)
	slices.SortFunc(list, func(a, b notify.Delivery) int { return cmp.Compare(b.ID, a.ID) })
	return list[:min(len(list), limit)], err
}

// Retry implements notify.Messages. The channel is tried at once.
func (n *Notifications) Retry(ctx context.Context, id int64, change func(d notify.Delivery) notify.Change) (notify.Delivery, error) {
	var d notify.Delivery
	err := n.s.transact(ctx, func(tx *gorm.DB, now time.Time) error {
		var rows []messageRow
		err := tx.Raw("SELECT "+messageColumns+" FROM "+messageTables+" WHERE d.id = ?", id).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("store: read message: %w", err)
		}
		if len(rows) == 0 {
			return fault.New(fault.NotFound, "delivery_not_found", "There is no such message.")
		}
		// The channel first, as the claim does.
		if _, err := lockedChannel(tx, rows[0].Delivery.ChannelID); err != nil {
			return err
		}
		result := tx.Exec("UPDATE deliveries SET state = 'queued', next_at = ?, give_up_at = ?, settled_at = NULL WHERE id = ? AND state = 'dead'",
			now, now.Add(notify.GiveUpAfter), id)
		if result.Error != nil {
			return fmt.Errorf("store: queue a message again: %w", result.Error)
		}
		if result.RowsAffected == 0 {
			return fault.New(fault.Conflict, "not_dead", "This message has not been given up.")
		}
		err = tx.Exec("UPDATE channels SET resume_at = NULL WHERE id = ?", rows[0].Delivery.ChannelID).Error
		if err != nil {
			return fmt.Errorf("store: wake channel: %w", err)
		}
		rows[0].Delivery.State, rows[0].Delivery.NextAt, rows[0].Delivery.GiveUpAt = string(notify.Queued), now, now.Add(notify.GiveUpAfter)
		rows[0].Delivery.SettledAt = nil
		if d, err = rows[0].delivery(); err != nil {
			return err
		}
		return addChannelChange(tx, now, d.ChannelID, change(d))
	})
	return d, err
}
