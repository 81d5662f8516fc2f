package notify

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"overmind/pkg/event"
)

// Person is a user as the routing sees one.
type Person struct {
	ID       int64
	Name     string
	Email    string
	Language string
	Reviewer bool   // dba or admin
	Muted    []Type // what they do not want by mail
}

// TicketState is what the routing needs to know of a ticket.
type TicketState struct {
	Title          string
	RequesterID    int64
	Requester      string
	Team           string
	ReviewerID     int64
	Source, Target *Place
	EnvironmentIDs []int64
	Commenters     []int64
	ReviewSince    time.Time // when it came to review for the last time
	QueuedSince    time.Time // from when on a worker might have taken it
	StartedAt      time.Time
}

// InstanceState is what the routing needs to know of a server.
type InstanceState struct {
	Place         Place
	EnvironmentID int64
}

// Batch is a stretch of the event log with what stands beside it, all as seen by one transaction.
type Batch struct {
	Events    []event.Event
	Channels  []Channel
	People    []Person // the enabled ones
	Tickets   map[int64]TicketState
	Instances map[int64]InstanceState
}

// Draft is a message to be stored for delivery.
type Draft struct {
	Notice        Notice
	ChannelID     int64
	Recipient     string // mail address; empty where the channel speaks to a group
	RecipientName string
	Language      string
	Lane          string
	MessageID     string
}

// Route decides who is told what. It is pure but for the random message ids.
func Route(b Batch) []Draft {
	var drafts []Draft
	for _, e := range b.Events {
		notice, environments, ok := b.notice(e)
		if !ok {
			continue
		}
		for _, channel := range b.Channels {
			if !channel.Rule.matches(notice, environments) {
				continue
			}
			for _, to := range b.recipients(channel, e, notice) {
				drafts = append(drafts, Draft{Notice: notice, ChannelID: channel.ID, Recipient: to.Email, RecipientName: to.Name,
					Language: to.Language, Lane: notice.lane(), MessageID: rand.Text()})
			}
		}
	}
	return drafts
}

func (b Batch) notice(e event.Event) (n Notice, environments []int64, ok bool) {
	n = Notice{EventSeq: e.Seq, Type: Type(e.Type), At: e.At}
	if !n.Type.Known() {
		return n, nil, false
	}
	if e.ActorID != 0 {
		n.Facts.Actor = e.ActorName
	}
	n.Facts.said(e.Data)
	if e.Aggregate == "instance" {
		in, found := b.Instances[e.SubjectID]
		n.Facts.InstanceID, n.Facts.Target = e.SubjectID, &in.Place
		return n, []int64{in.EnvironmentID}, found
	}
	t, found := b.Tickets[e.SubjectID]
	n.Facts.TicketID, n.Facts.Title, n.Facts.Requester, n.Facts.Team = e.SubjectID, t.Title, t.Requester, t.Team
	n.Facts.Source, n.Facts.Target = t.Source, t.Target
	if since := t.since(n.Type); !since.IsZero() {
		n.Facts.Seconds = max(0, int64(e.At.Sub(since).Seconds()))
	}
	return n, t.EnvironmentIDs, found
}

// since is the moment from which a message of that type counts how long it took.
func (t TicketState) since(about Type) time.Time {
	switch about {
	case Approved, Rejected, Withdrawn, ReviewReminder, ReviewEscalated:
		return t.ReviewSince
	case QueueReminder, QueueEscalated:
		return t.QueuedSince
	case Succeeded, Failed, Cancelled, NeedsAttention:
		return t.StartedAt
	}
	return time.Time{}
}

// said takes over what the event itself has to say: what a person wrote, or else what went wrong.
func (f *Facts) said(data json.RawMessage) {
	var content struct{ Text, Note, Reason, Code string }
	var plain struct{ Message string }
	var both struct{ Message struct{ EN, ZH string } } // as servers answer
	if json.Unmarshal(data, &content) != nil {
		return
	}
	if f.Text = cmp.Or(content.Text, content.Note, content.Reason); f.Text != "" {
		return
	}
	if json.Unmarshal(data, &plain) != nil && json.Unmarshal(data, &both) != nil {
		return
	}
	if f.Text, f.TextZH = cmp.Or(plain.Message, both.Message.EN), both.Message.ZH; f.Text != "" {
		f.Code = content.Code
	}
}

func (r Rule) matches(n Notice, environments []int64) bool {
	if !slices.Contains(r.Types, n.Type) {
		return false
	}
	if len(r.EnvironmentIDs) > 0 && !slices.ContainsFunc(environments, func(id int64) bool { return slices.Contains(r.EnvironmentIDs, id) }) {
		return false
	}
	// A server belongs to no team.
	return len(r.Teams) == 0 || n.Facts.TicketID == 0 || slices.ContainsFunc(r.Teams, func(team string) bool { return strings.EqualFold(team, n.Facts.Team) })
}

// recipients are the people a mail goes to, and the group itself for any other channel. Nobody is told by mail what they
// did themselves.
func (b Batch) recipients(channel Channel, e event.Event, n Notice) []Person {
	if channel.Kind != Email {
		return []Person{{Language: channel.Language}}
	}
	concerned := b.concerned(n)
	var to []Person
	seen := map[string]bool{}
	add := func(p Person) {
		if key := strings.ToLower(p.Email); !seen[key] {
			seen[key] = true
			to = append(to, p)
		}
	}
	for _, p := range b.People {
		if concerned(p) && p.ID != e.ActorID && isAddress(p.Email) && !slices.Contains(p.Muted, n.Type) {
			add(p)
		}
	}
	for _, address := range channel.Settings.Recipients {
		add(Person{Email: address, Language: channel.Language})
	}
	return to
}

func (b Batch) concerned(n Notice) func(Person) bool {
	t := b.Tickets[n.Facts.TicketID]
	// Who reviewed or commented sees no ticket of others any more without the role.
	taking := func(p Person) bool {
		return p.ID == t.RequesterID || p.Reviewer && (p.ID == t.ReviewerID || slices.Contains(t.Commenters, p.ID))
	}
	switch traits[n.Type].audience {
	case toReviewers:
		return func(p Person) bool { return p.Reviewer }
	case toBoth:
		return func(p Person) bool { return p.Reviewer || taking(p) }
	}
	return taking
}
