package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/event"
	"overmind/pkg/notify"
)

// FanOut implements notify.Deliveries. The position in the log is a row that one process at a time holds.
func (n *Notifications) FanOut(ctx context.Context, limit int, plan func(notify.Batch) []notify.Draft) (more bool, err error) {
	db := n.s.db.WithContext(ctx)
	var waiting bool // looked at before the row is taken, so that idle processes do not queue for it
	err = db.Raw(`SELECT EXISTS (SELECT 1 FROM events WHERE seq > (SELECT value FROM leases WHERE name = 'notify'))`).Scan(&waiting).Error
	if err != nil || !waiting {
		return false, err
	}
	err = db.Transaction(func(tx *gorm.DB) error {
		more = false
		var position []int64
		if err := tx.Raw("SELECT value FROM leases WHERE name = 'notify' FOR UPDATE SKIP LOCKED").Scan(&position).Error; err != nil {
			return err
		}
		if len(position) == 0 {
			return nil
		}
		batch, last, err := readBatch(tx, position[0], limit)
		if err != nil || last == position[0] {
			return err
		}
		now, err := dbNow(tx)
		if err != nil {
			return err
		}
		if err := addDeliveries(tx, now, plan(batch), batch.Channels); err != nil {
			return err
		}
		more = true
		return tx.Exec("UPDATE leases SET value = ? WHERE name = 'notify'", last).Error
	})
	if err != nil {
		return false, fmt.Errorf("store: read events for notifications: %w", err)
	}
	return more, nil
}

// readBatch reads the events after a number, and of what they are about only what somebody may be told of.
func readBatch(tx *gorm.DB, after int64, limit int) (b notify.Batch, last int64, err error) {
	var rows []eventRow
	if err := tx.Where("seq > ?", after).Order("seq").Limit(limit).Find(&rows).Error; err != nil {
		return b, 0, err
	}
	last = after
	var tickets, instances []int64
	for _, row := range rows {
		e := row.event()
		last = e.Seq
		switch {
		case !notify.Type(e.Type).Known():
			continue
		case e.Aggregate == "ticket":
			tickets = append(tickets, e.SubjectID)
		case e.Aggregate == "instance":
			instances = append(instances, e.SubjectID)
		}
		b.Events = append(b.Events, e)
	}
	if len(b.Events) == 0 {
		return b, last, nil
	}
	if b.Channels, err = channelsOf(tx.Select(channelColumns)); err != nil || len(b.Channels) == 0 {
		return b, last, err
	}
	if b.People, err = peopleToTell(tx); err != nil {
		return b, 0, err
	}
	if b.Tickets, err = ticketsToTell(tx, tickets); err != nil {
		return b, 0, err
	}
	b.Instances, err = instancesToTell(tx, instances)
	return b, last, err
}

func peopleToTell(tx *gorm.DB) ([]notify.Person, error) {
	var rows []struct {
		ID                                     int64
		Username, DisplayName, Email, Language string
		Role, Muted                            string
	}
	err := tx.Raw(`SELECT u.id, u.username, u.display_name, u.email, u.language, u.role, COALESCE(p.muted, '[]') AS muted
		FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id WHERE u.disabled = 0`).Scan(&rows).Error
	people := make([]notify.Person, len(rows))
	for i, r := range rows {
		people[i] = notify.Person{ID: r.ID, Name: r.DisplayName, Email: r.Email, Language: r.Language,
			Reviewer: event.Actor{Role: event.Role(r.Role)}.IsStaff()}
		if people[i].Name == "" {
			people[i].Name = r.Username
		}
		if err := json.Unmarshal([]byte(r.Muted), &people[i].Muted); err != nil {
			return nil, fmt.Errorf("preferences of user %d: %w", r.ID, err)
		}
	}
	return people, err
}

// reviewBegins are the events after which a ticket waits for review.
const reviewBegins = "'ticket.submitted', 'ticket.edited', 'ticket.approval_expired'"

func ticketsToTell(tx *gorm.DB, ids []int64) (map[int64]notify.TicketState, error) {
	found := map[int64]notify.TicketState{}
	if len(ids) == 0 {
		return found, nil
	}
	var rows []struct {
		ID, RequesterID, ReviewerID                       int64
		Title, Requester, Team                            string
		SourceInstance, SourceEnvironment, SourceDatabase string
		TargetInstance, TargetEnvironment, TargetDatabase string
		SourceEnvironmentID, TargetEnvironmentID          int64
		StartedAt, ReviewSince, QueuedSince               *time.Time
	}
	err := tx.Raw(`SELECT t.id, t.requester_id, t.reviewer_id, t.title, COALESCE(NULLIF(u.display_name, ''), u.username, '') AS requester,
			COALESCE(u.team, '') AS team, t.source_database, t.target_database, t.started_at,
			COALESCE(si.name, '') AS source_instance, COALESCE(se.name, '') AS source_environment, COALESCE(se.id, 0) AS source_environment_id,
			COALESCE(ti.name, '') AS target_instance, COALESCE(te.name, '') AS target_environment, COALESCE(te.id, 0) AS target_environment_id,
			(SELECT MAX(e.at) FROM events e WHERE e.aggregate = 'ticket' AND e.subject_id = t.id AND e.type IN (`+reviewBegins+`)) AS review_since,
			(SELECT j.not_before FROM jobs j WHERE j.ticket_id = t.id) AS queued_since
		FROM tickets t LEFT JOIN users u ON u.id = t.requester_id
		LEFT JOIN instances si ON si.id = t.source_instance_id LEFT JOIN environments se ON se.id = si.environment_id
		LEFT JOIN instances ti ON ti.id = t.target_instance_id LEFT JOIN environments te ON te.id = ti.environment_id
		WHERE t.id IN ?`, ids).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	commenters, err := commentersOf(tx, ids)
	for _, r := range rows {
		found[r.ID] = notify.TicketState{Title: r.Title, RequesterID: r.RequesterID, Requester: r.Requester, Team: r.Team,
			ReviewerID: r.ReviewerID, Source: placeOf(r.SourceInstance, r.SourceEnvironment, r.SourceDatabase),
			Target:         placeOf(r.TargetInstance, r.TargetEnvironment, r.TargetDatabase),
			EnvironmentIDs: []int64{r.SourceEnvironmentID, r.TargetEnvironmentID}, Commenters: commenters[r.ID],
			ReviewSince: timeOrZero(r.ReviewSince), QueuedSince: timeOrZero(r.QueuedSince), StartedAt: timeOrZero(r.StartedAt)}
	}
	return found, err
}

func placeOf(instance, environment, database string) *notify.Place {
	if instance == "" {
		return nil
	}
	return &notify.Place{Instance: instance, Environment: environment, Database: database}
}

func commentersOf(tx *gorm.DB, ids []int64) (map[int64][]int64, error) {
	var rows []struct{ SubjectID, ActorID int64 }
	err := tx.Raw(`SELECT DISTINCT subject_id, actor_id FROM events
		WHERE aggregate = 'ticket' AND subject_id IN ? AND type = 'ticket.commented'`, ids).Scan(&rows).Error
	found := map[int64][]int64{}
	for _, r := range rows {
		found[r.SubjectID] = append(found[r.SubjectID], r.ActorID)
	}
	return found, err
}

func instancesToTell(tx *gorm.DB, ids []int64) (map[int64]notify.InstanceState, error) {
	found := map[int64]notify.InstanceState{}
	if len(ids) == 0 {
		return found, nil
	}
	var rows []struct {
		ID, EnvironmentID int64
		Name, Environment string
	}
	err := tx.Raw(`SELECT i.id, i.environment_id, i.name, e.name AS environment FROM instances i
		JOIN environments e ON e.id = i.environment_id WHERE i.id IN ?`, ids).Scan(&rows).Error
	for _, r := range rows {
		found[r.ID] = notify.InstanceState{Place: notify.Place{Instance: r.Name, Environment: r.Environment}, EnvironmentID: r.EnvironmentID}
	}
	return found, err
}

type noticeRow struct {
	ID       int64
	EventSeq int64
	Type     string
	TicketID int64
	Facts    string
	At       time.Time
}

func (noticeRow) TableName() string { return "notices" }

// addDeliveries stores one notice an event and one row a message. Messages are given up after notify.GiveUpAfter.
func addDeliveries(tx *gorm.DB, now time.Time, drafts []notify.Draft, channels []notify.Channel) error {
	notices := map[int64]int64{} // by event
	for _, d := range drafts {
		if notices[d.Notice.EventSeq] == 0 {
			facts, err := json.Marshal(d.Notice.Facts)
			if err != nil {
				return fmt.Errorf("encode facts: %w", err)
			}
			row := noticeRow{EventSeq: d.Notice.EventSeq, Type: string(d.Notice.Type), TicketID: d.Notice.Facts.TicketID,
				Facts: string(facts), At: d.Notice.At}
			if err := tx.Create(&row).Error; err != nil {
				return fmt.Errorf("store notice: %w", err)
			}
			notices[d.Notice.EventSeq] = row.ID
		}
		at := slices.IndexFunc(channels, func(c notify.Channel) bool { return c.ID == d.ChannelID })
		row := deliveryRow{NoticeID: notices[d.Notice.EventSeq], ChannelID: d.ChannelID, ChannelName: channels[at].Name,
			ChannelKind: string(channels[at].Kind), Recipient: d.Recipient, RecipientName: d.RecipientName, Language: d.Language,
			Lane: d.Lane, MessageID: d.MessageID, State: string(notify.Queued), NextAt: now, GiveUpAt: now.Add(notify.GiveUpAfter), CreatedAt: now}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("store message: %w", err)
		}
	}
	return nil
}
