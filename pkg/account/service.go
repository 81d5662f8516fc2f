package account

import (
	"encoding/json"
	"time"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

// Service is the use cases of accounts. Every method that changes something writes its audit row and event with it.
type Service struct {
	store  Store
	key    []byte
	now    func() time.Time
	hasher *hasher
}

// New makes the service; signingKey signs the access tokens and has at least 32 bytes.
func New(store Store, signingKey []byte, clock func() time.Time) *Service {
	return &Service{store: store, key: signingKey, now: clock, hasher: newHasher()}
}

var errForbidden = fault.New(fault.Forbidden, "forbidden", "Your role does not allow this.")

// snapshot is a user in an audit row.
type snapshot struct {
	Username           string     `json:"username"`
	DisplayName        string     `json:"display_name"`
	Email              string     `json:"email"`
	Team               string     `json:"team"`
	Language           string     `json:"language"`
	Role               event.Role `json:"role"`
	Disabled           bool       `json:"disabled"`
	MustChangePassword bool       `json:"must_change_password"`
}

func (u User) snapshot() json.RawMessage {
	return event.Encode(snapshot{u.Username, u.DisplayName, u.Email, u.Team, u.Language, u.Role, u.Disabled, u.MustChangePassword})
}

// changed describes what actor did to u: the audit row has the values, the event only the name.
func changed(actor event.Actor, u User, audited, happened string, before, after json.RawMessage) Change {
	return Change{
		Event: event.Event{Type: happened, Aggregate: "user", SubjectID: u.ID, ActorID: actor.UserID, ActorName: actor.Name,
			Data: event.Encode(map[string]string{"username": u.Username})},
		Audit: event.Audit{Action: audited, Aggregate: "user", SubjectID: u.ID, Actor: actor, Before: before, After: after},
	}
}
