package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"overmind/pkg/notify"
)

// told is a settled message as it is kept with its notice, when its row has gone.
type told struct {
	ID            int64     `json:"id"`
	ChannelID     int64     `json:"channel_id"`
	ChannelName   string    `json:"channel_name"`
	ChannelKind   string    `json:"channel_kind"`
	Recipient     string    `json:"recipient,omitempty"`
	RecipientName string    `json:"recipient_name,omitempty"`
	Language      string    `json:"language"`
	MessageID     string    `json:"message_id"`
	State         string    `json:"state"`
	Attempts      int       `json:"attempts"`
	Error         string    `json:"error,omitempty"`
	CreatedAt     time.Time `json:"created_at"`
	SettledAt     time.Time `json:"settled_at"`
}

// pruner goes through the messages from the oldest on, a batch each call. A ticket's are folded into their notices, so
// that its history shows what became of each of them.
func (n *Notifications) pruner() func(ctx context.Context) (gone int64, more bool, err error) {
	var last int64
	return func(ctx context.Context) (gone int64, more bool, err error) {
		var rows []struct{ ID, NoticeID int64 }
		err = n.s.db.WithContext(ctx).Raw(`SELECT id, notice_id FROM (SELECT id, notice_id, created_at FROM deliveries WHERE id > ? ORDER BY id LIMIT ?) d
			WHERE created_at < NOW(6) - INTERVAL ? SECOND ORDER BY id`, last, pruneBatch, int64(keepMessages.Seconds())).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return 0, false, err
		}
		var notices []int64
		for _, r := range rows {
			last = r.ID
			notices = append(notices, r.NoticeID)
		}
		slices.Sort(notices)
		for _, id := range slices.Compact(notices) {
			folded, err := n.fold(ctx, id)
			if err != nil {
				return gone, false, fmt.Errorf("messages of notice %d: %w", id, err)
			}
			gone += folded
		}
		return gone, len(rows) == pruneBatch, nil
	}
}

// fold does nothing while one of the notice's messages is still on its way.
func (n *Notifications) fold(ctx context.Context, noticeID int64) (gone int64, err error) {
	err = n.s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var rows []deliveryRow
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("notice_id = ?", noticeID).Order("id").Find(&rows).Error; err != nil {
			return err
		}
		list := make([]told, 0, len(rows))
		for _, r := range rows {
			if r.State == string(notify.Queued) {
				return nil
			}
			list = append(list, told{r.ID, r.ChannelID, r.ChannelName, r.ChannelKind, r.Recipient, r.RecipientName, r.Language, r.MessageID,
				r.State, r.Attempts, r.Error, r.CreatedAt, timeOrZero(r.SettledAt)})
		}
		text, err := json.Marshal(list)
		if err != nil {
			return err
		}
		if err := tx.Exec("UPDATE notices SET told = ? WHERE id = ? AND ticket_id <> 0", string(text), noticeID).Error; err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM deliveries WHERE notice_id = ?", noticeID).Error; err != nil {
			return err
		}
		gone = int64(len(rows))
		return tx.Exec("DELETE FROM notices WHERE id = ? AND ticket_id = 0", noticeID).Error
	})
	return gone, err
}

// folded are the messages of a ticket that are kept with their notices.
func folded(db *gorm.DB, f notify.DeliveryFilter) ([]notify.Delivery, error) {
	var rows []struct {
		Message messageRow `gorm:"embedded"`
		Told    string
	}
	err := db.Raw("SELECT n.event_seq, n.type, n.ticket_id, n.facts, n.at, n.told FROM notices n WHERE n.ticket_id = ? AND n.told IS NOT NULL", f.TicketID).
		Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("store: list old messages: %w", err)
	}
	var list []notify.Delivery
	for _, row := range rows {
		var messages []told
		if err := json.Unmarshal([]byte(row.Told), &messages); err != nil {
			return nil, fmt.Errorf("store: old messages of ticket %d: %w", f.TicketID, err)
		}
		for _, m := range messages {
			row.Message.Delivery = deliveryRow{ID: m.ID, ChannelID: m.ChannelID, ChannelName: m.ChannelName, ChannelKind: m.ChannelKind, Recipient: m.Recipient,
				RecipientName: m.RecipientName, Language: m.Language, MessageID: m.MessageID, State: m.State, Attempts: m.Attempts, Error: m.Error,
				CreatedAt: m.CreatedAt, SettledAt: &m.SettledAt}
			d, err := row.Message.delivery()
			if err != nil {
				return nil, err
			}
			if f.Takes(d) {
				list = append(list, d)
			}
		}
	}
	return list, nil
}
