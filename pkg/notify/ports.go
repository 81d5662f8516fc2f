package notify

import (
	"context"
	"time"

	"overmind/pkg/event"
	"overmind/pkg/secret"
)

// Field tells the hidden parts of a channel apart.
type Field string

// The fields.
const (
	FieldURL    Field = "url"
	FieldSecret Field = "secret"
)

// Change is what is written with a change of a channel: its event, its audit row and the sealed secrets, where nil
// removes one and an absent field keeps it.
type Change struct {
	Event  event.Event
	Audit  event.Audit
	Sealed map[Field][]byte
}

// Channels keeps channels. A missing one is NotFound `channel_not_found`, another version than the one given Conflict
// `version_conflict`, a name that exists Conflict `name_taken`.
type Channels interface {
	Channels(ctx context.Context) ([]Channel, error)
	Channel(ctx context.Context, id int64) (Channel, error)
	// Sealed are the channel's secrets as they are stored, with the channel that they belong to.
	Sealed(ctx context.Context, id int64) (Channel, map[Field][]byte, error)
	CreateChannel(ctx context.Context, c Channel, change func(c Channel) (Change, error)) (Channel, error)
	UpdateChannel(ctx context.Context, id int64, version int, fn func(c *Channel) (Change, error)) (Channel, error)
	// DeleteChannel gives up what waits for the channel; its messages stay in the histories of their tickets.
	DeleteChannel(ctx context.Context, id int64, version int, change func(c Channel) Change) error
}

// State is how far a message is.
type State string

// The states. A message that is being sent counts as queued.
const (
	Queued    State = "queued"
	Delivered State = "delivered"
	Dead      State = "dead" // given up; only a person sends it again
)

// Delivery is one message on its way through one channel.
type Delivery struct {
	ID            int64
	Notice        Notice
	ChannelID     int64
	ChannelName   string // as it was then
	ChannelKind   Kind
	Recipient     string
	RecipientName string
	Language      string
	MessageID     string
	State         State
	Attempts      int
	Error         string // of the last try
	NextAt        time.Time
	GiveUpAt      time.Time
	CreatedAt     time.Time
	SettledAt     time.Time
}

// DeliveryFilter narrows the list of deliveries, newest first: rows with an id below Before (0 = all), at most Limit.
type DeliveryFilter struct {
	ChannelID int64
	TicketID  int64
	State     State
	Before    int64
	Limit     int
}

// Takes tells whether the filter, but for the ticket, takes a message.
func (f DeliveryFilter) Takes(d Delivery) bool {
	return (f.ChannelID == 0 || d.ChannelID == f.ChannelID) && (f.State == "" || d.State == f.State) && (f.Before == 0 || d.ID < f.Before)
}

// Outcome is how a try ended. A nil Failure means delivered; Pause is how long to wait otherwise.
type Outcome struct {
	Failure *Failure
	Pause   time.Duration
}

// ReadyChannel is a channel with something to send.
type ReadyChannel struct {
	ID   int64
	Kind Kind
}

// Pace is how fast a provider takes messages: so many at once, then one after each pause.
type Pace struct {
	Burst int
	Every time.Duration
}

// Deliveries keeps messages until they are delivered or given up. All times are the database's.
type Deliveries interface {
	// FanOut hands plan the next events after the last ones, and stores what it returns together with the new position, so
	// that each event is planned exactly once. more is false when there was nothing to do or another process does it.
	FanOut(ctx context.Context, limit int, plan func(Batch) []Draft) (more bool, err error)
	// Ready lists the channels that may have a message to be sent now.
	Ready(ctx context.Context) ([]ReadyChannel, error)
	// Claim takes the channel's next message for the time of the lease: not while an earlier one of the same lane and
	// recipient waits, not faster than the pace, not while the channel is paused or waits after a failure. failures is how
	// often in a row the channel has failed so far.
	Claim(ctx context.Context, channelID int64, owner string, p Pace, lease time.Duration) (d Delivery, failures int, ok bool, err error)
	// Settle writes down how a claimed message's try ended; it does nothing when another process has claimed it since.
	Settle(ctx context.Context, d Delivery, o Outcome) error
	// Expire gives up what has been tried for too long, and tells how many.
	Expire(ctx context.Context) (int64, error)
	// Remind writes an event of that type for each ticket that has waited that long, and of which none of this type was
	// written since it began to wait.
	Remind(ctx context.Context, level Type, after time.Duration) error
}

// Messages lets people look at deliveries.
type Messages interface {
	Deliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error)
	// Retry queues a given up message again: NotFound `delivery_not_found`, Conflict `not_dead`.
	Retry(ctx context.Context, id int64, change func(d Delivery) Change) (Delivery, error)
	Preferences(ctx context.Context, userID int64) (Preferences, error)
	SavePreferences(ctx context.Context, userID int64, p Preferences, audit event.Audit) error
	// Record writes an audit row that goes with no change.
	Record(ctx context.Context, audit event.Audit) error
}

// Store keeps everything of notifications.
type Store interface {
	Channels
	Deliveries
	Messages
}

// Sealer protects secrets at rest; *secret.Keys is one.
type Sealer interface {
	Seal(aad string, value secret.String) ([]byte, error)
	Open(aad string, sealed []byte) (secret.String, error)
}
