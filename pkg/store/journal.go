package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/event"
)

type eventRow struct {
	ID        int64
	Seq       *int64
	Type      string
	Aggregate string
	SubjectID int64
	OwnerID   int64
	ActorID   int64
	ActorName string
	Data      string
	At        time.Time
}

func (eventRow) TableName() string { return "events" }

func (r eventRow) event() event.Event {
	e := event.Event{ID: r.ID, Type: r.Type, Aggregate: r.Aggregate, SubjectID: r.SubjectID, OwnerID: r.OwnerID,
		ActorID: r.ActorID, ActorName: r.ActorName, Data: rawJSON(r.Data), At: r.At}
	if r.Seq != nil {
		e.Seq = *r.Seq
	}
	return e
}

type auditRow struct {
	ID         int64
	Aggregate  string
	SubjectID  int64
	Seq        int64
	Action     string
	ActorID    int64
	ActorName  string
	ActorRole  string
	Address    string
	BeforeJSON string `gorm:"column:before_json"`
	AfterJSON  string `gorm:"column:after_json"`
	At         time.Time
	PrevHash   string
	Hash       string
}

func (auditRow) TableName() string { return "audit" }

// digest covers every field with its length, so that no two different rows give the same input.
func (r auditRow) digest() string {
	h := sha256.New()
	for _, field := range []string{r.PrevHash, r.Aggregate, strconv.FormatInt(r.SubjectID, 10), strconv.FormatInt(r.Seq, 10),
		r.Action, strconv.FormatInt(r.ActorID, 10), r.ActorName, r.ActorRole, r.Address, r.BeforeJSON, r.AfterJSON,
		r.At.UTC().Format("2006-01-02T15:04:05.000000Z")} {
		_, _ = io.WriteString(h, strconv.Itoa(len(field))+":"+field) // a hash never fails to write
	}
	return hex.EncodeToString(h.Sum(nil))
}

type auditHead struct {
	Aggregate string
	SubjectID int64
	Seq       int64
	Hash      string
}

func (auditHead) TableName() string { return "audit_heads" }

// addEvent writes an event as part of tx. now is the transaction's time (dbNow).
func addEvent(tx *gorm.DB, now time.Time, e event.Event) error {
	row := eventRow{Type: e.Type, Aggregate: e.Aggregate, SubjectID: e.SubjectID, OwnerID: e.OwnerID, ActorID: e.ActorID,
		ActorName: e.ActorName, Data: textOf(e.Data), At: now}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("store: write event %s: %w", e.Type, err)
	}
	return nil
}

// addAudit appends an audit row to its aggregate's chain as part of tx.
func addAudit(tx *gorm.DB, now time.Time, a event.Audit) error {
	head := auditHead{Aggregate: a.Aggregate, SubjectID: a.SubjectID}
	// Takes the row lock whether or not the chain exists yet; readers of the head wait for our commit.
	err := tx.Exec("INSERT INTO audit_heads (aggregate, subject_id, seq, hash) VALUES (?, ?, 0, '') ON DUPLICATE KEY UPDATE seq = seq",
		a.Aggregate, a.SubjectID).Error
	if err != nil {
		return fmt.Errorf("store: lock audit chain: %w", err)
	}
	if err := tx.Where("aggregate = ? AND subject_id = ?", a.Aggregate, a.SubjectID).Take(&head).Error; err != nil {
		return fmt.Errorf("store: read audit chain: %w", err)
	}
	row := auditRow{Aggregate: a.Aggregate, SubjectID: a.SubjectID, Seq: head.Seq + 1, Action: a.Action,
		ActorID: a.Actor.UserID, ActorName: a.Actor.Name, ActorRole: string(a.Actor.Role), Address: a.Actor.Address,
		BeforeJSON: textOf(a.Before), AfterJSON: textOf(a.After), At: now, PrevHash: head.Hash}
	row.Hash = row.digest()
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("store: write audit row %s: %w", a.Action, err)
	}
	err = tx.Exec("UPDATE audit_heads SET seq = ?, hash = ? WHERE aggregate = ? AND subject_id = ?",
		row.Seq, row.Hash, a.Aggregate, a.SubjectID).Error
	if err != nil {
		return fmt.Errorf("store: move audit chain: %w", err)
	}
	return nil
}

// rawJSON and textOf carry JSON through text columns byte by byte; an absent value is the empty text.
func rawJSON(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

func textOf(raw json.RawMessage) string { return string(raw) }
