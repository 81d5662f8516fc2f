// Package notify tells people what happened: it reads the committed events, decides who is to be told through which
// channel, and delivers each message at least once and in order, whatever the provider on the other side does.
package notify

import (
	"slices"
	"time"
)

// Type is what a message is about. Most are the type of the event itself.
type Type string

// The types, in the order in which pages list them.
const (
	Submitted       Type = "ticket.submitted"
	Edited          Type = "ticket.edited"
	Approved        Type = "ticket.approved"
	Rejected        Type = "ticket.rejected"
	Withdrawn       Type = "ticket.withdrawn"
	ApprovalExpired Type = "ticket.approval_expired"
	ReviewReminder  Type = "ticket.review_reminder"
	ReviewEscalated Type = "ticket.review_escalated"
	QueueReminder   Type = "ticket.queue_reminder"
	QueueEscalated  Type = "ticket.queue_escalated"
	Started         Type = "ticket.started"
	Succeeded       Type = "ticket.succeeded"
	Failed          Type = "ticket.failed"
	Cancelled       Type = "ticket.cancelled"
	NeedsAttention  Type = "ticket.needs_attention"
	Undone          Type = "ticket.undone"
	UndoFailed      Type = "ticket.undo_failed"
	Commented       Type = "ticket.commented"
	Unreachable     Type = "instance.unreachable"
	Recovered       Type = "instance.recovered"
)

// tone colours a message.
type tone string

const (
	toneInfo tone = "info"
	toneGood tone = "good"
	toneWait tone = "wait"
	toneBad  tone = "bad"
)

// audience says whom a mail concerns, beside the people who take part in the ticket.
type audience int

const (
	toReviewers audience = iota // everybody who may review
	toRequester                 // the requester, the reviewer and who commented
	toBoth
)

type typeTraits struct {
	tone     tone
	audience audience
}

var traits = map[Type]typeTraits{
	Submitted:       {toneWait, toReviewers},
	Edited:          {toneWait, toReviewers},
	Approved:        {toneGood, toRequester},
	Rejected:        {toneBad, toRequester},
	Withdrawn:       {toneInfo, toReviewers},
	ApprovalExpired: {toneWait, toBoth},
	ReviewReminder:  {toneWait, toReviewers},
	ReviewEscalated: {toneBad, toBoth},
	QueueReminder:   {toneWait, toReviewers},
	QueueEscalated:  {toneBad, toBoth},
	Started:         {toneInfo, toRequester},
	Succeeded:       {toneGood, toRequester},
	Failed:          {toneBad, toRequester},
	Cancelled:       {toneInfo, toRequester},
	NeedsAttention:  {toneBad, toBoth},
	Undone:          {toneInfo, toRequester},
	UndoFailed:      {toneBad, toBoth},
	Commented:       {toneInfo, toRequester},
	Unreachable:     {toneBad, toReviewers},
	Recovered:       {toneGood, toReviewers},
}

// Types lists every type, in the order of a ticket's life.
func Types() []Type {
	return []Type{Submitted, Edited, Approved, Rejected, Withdrawn, ApprovalExpired, ReviewReminder, ReviewEscalated,
		QueueReminder, QueueEscalated, Started, Succeeded, Failed, Cancelled, NeedsAttention, Undone, UndoFailed, Commented, Unreachable, Recovered}
}

// Known tells whether anybody is told of events of this type.
func (t Type) Known() bool { _, known := traits[t]; return known }

// Languages are those that messages are written in.
func Languages() []string { return []string{"en", "zh"} }

func knownLanguage(language string) bool { return slices.Contains(Languages(), language) }

// Place is a database on a server, as a message names it.
type Place struct {
	Instance    string `json:"instance"`
	Environment string `json:"environment"`
	Database    string `json:"database,omitempty"`
}

// Facts are what a message says, as they were when the event was read. They hold no secret.
type Facts struct {
	TicketID   int64  `json:"ticket_id,omitempty"`
	Title      string `json:"title,omitempty"`
	Requester  string `json:"requester,omitempty"`
	Team       string `json:"team,omitempty"`
	Actor      string `json:"actor,omitempty"` // empty: the system
	Source     *Place `json:"source,omitempty"`
	Target     *Place `json:"target,omitempty"`
	InstanceID int64  `json:"instance_id,omitempty"`
	// Text is what a person wrote (a comment, a reason), or what went wrong in English. Then Code names it, and TextZH says
	// it in Chinese where it came in both languages.
	Text   string `json:"text,omitempty"`
	Code   string `json:"code,omitempty"`
	TextZH string `json:"text_zh,omitempty"`
	// Seconds is how long it took: the review of an approval, the run of an ended ticket, the wait of a reminder.
	Seconds int64 `json:"seconds,omitempty"`
}

// Notice is one event that somebody is told of.
type Notice struct {
	EventSeq int64
	Type     Type
	Facts    Facts
	At       time.Time
}

// lane is what messages are kept in order by.
func (n Notice) lane() string {
	if n.Facts.TicketID != 0 {
		return "ticket:" + itoa(n.Facts.TicketID)
	}
	return "instance:" + itoa(n.Facts.InstanceID)
}
