package account

import (
	"context"
	"time"

	"overmind/pkg/event"
)

// Hash is a SHA-256 of a token or a name; only hashes of them are stored.
type Hash [32]byte

// Credentials are a user with the password hash, a PHC string.
type Credentials struct {
	User         User
	PasswordHash string
}

// Change is the event and the audit row that go with a change. An empty event type means no event.
type Change struct {
	Event event.Event
	Audit event.Audit
	// Renews is the name of an account that starts afresh: its failed attempts are forgiven, its access tokens deleted.
	Renews *Hash
}

// Attempt is a try of a password. UserID is 0 where there is no such user; Network is what counts as one address.
type Attempt struct {
	UserID   int64
	NameHash Hash
	Network  string
}

// Started is a sign-in to be stored. Lifetime counts from the database's time.
type Started struct {
	ID           string
	UserID       int64
	Refresh      Hash
	TokenVersion int
	Network      string
	Lifetime     time.Duration
	NameHash     Hash // whose failed attempts are forgiven
}

// Users keeps users.
type Users interface {
	// User fails with NotFound `user_not_found`, as UserByName does.
	User(ctx context.Context, id int64) (Credentials, error)
	UserByName(ctx context.Context, username string) (Credentials, error)
	Users(ctx context.Context) ([]User, error)
	// CreateUser fails with Conflict `username_taken`; with onlyFirst it fails with Conflict `not_first` where there is a user.
	CreateUser(ctx context.Context, c Credentials, onlyFirst bool, change func(u User) Change) (User, error)
	// UpdateUser locks the user, lets fn mutate it and saves it. otherAdmins is how many enabled admins there are beside it;
	// it cannot change before the transaction ends.
	UpdateUser(ctx context.Context, id int64, fn func(c *Credentials, otherAdmins int) (Change, error)) (User, error)
}

// Sessions keeps sign-ins and failed attempts at them.
type Sessions interface {
	// Attempt notes a try, unless the name or the network has limit of them within window: then wait says when to try
	// again. What others tried with the name does not count where the user has signed in from the network before.
	Attempt(ctx context.Context, a Attempt, limit int, window time.Duration) (wait time.Duration, err error)
	// StartSession forgives the name's attempts and fails with Unauthenticated `session_ended` if the user is no longer
	// enabled or of that token version.
	StartSession(ctx context.Context, s Started, audit event.Audit) (expires time.Time, err error)
	// RotateSession swaps the refresh token and prolongs the session by lifetime, to at most limit after its start. A refresh
	// token that is not the current one ends the session; that and an ended one are Unauthenticated `session_ended`.
	RotateSession(ctx context.Context, id string, old, next Hash, lifetime, limit time.Duration, address string) (u User, expires time.Time, err error)
	// EndSession ends a session if it is alive.
	EndSession(ctx context.Context, id, address string) error
	// SessionUser is the user of a session that is alive: not ended, not expired, of the user's token version.
	// Otherwise it fails with Unauthenticated `session_ended`.
	SessionUser(ctx context.Context, id string) (User, error)
	// Record writes an audit row for a refused attempt.
	Record(ctx context.Context, audit event.Audit) error
}

// Tokens keeps personal access tokens.
type Tokens interface {
	Tokens(ctx context.Context, userID int64) ([]Token, error)
	CreateToken(ctx context.Context, t Token, hash Hash, limit int, change func(t Token) Change) (Token, error)
	// DeleteToken fails with NotFound `token_not_found`.
	DeleteToken(ctx context.Context, userID, id int64, change Change) error
	// TokenUser is the user of a token that has not expired, and notes the use. It fails with Unauthenticated `token_ended`.
	TokenUser(ctx context.Context, hash Hash) (User, error)
}

// Views keeps the views of each user. They are no one else's business, so no event or audit row goes with them.
type Views interface {
	Views(ctx context.Context, userID int64) ([]View, error)
	SaveView(ctx context.Context, v View, limit int) (View, error)
	DeleteView(ctx context.Context, userID, id int64) error
}

// Store keeps everything of accounts.
type Store interface {
	Views
	Users
	Sessions
	Tokens
}
