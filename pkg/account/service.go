package account

import (
	"context"
	"errors"
	"time"

	"overmind/pkg/event"
	"overmind/pkg/secret"
)

// Service is the use cases of accounts. Every method that changes something writes its audit row and event with it.
type Service struct {
	store Store
	key   []byte
	now   func() time.Time
}

// Store keeps users, sessions and tokens.
type Store interface{}

// New makes the service; signingKey signs the access tokens and has at least 32 bytes.
func New(store Store, signingKey []byte, clock func() time.Time) *Service {
	return &Service{store: store, key: signingKey, now: clock}
}

var errSoon = errors.New("not built yet")

// Login checks a password and starts a session. It fails with Unauthenticated `bad_credentials`, the same for unknown
// and disabled users, and with TooMany `login_limited` after ten failures in 15 minutes of one account or one address.
func (s *Service) Login(ctx context.Context, username string, password secret.String, address string) (Session, error) {
	return Session{}, errSoon
}

// Refresh swaps a refresh token for a new session pair. An old token that comes back ends the whole session.
// It fails with Unauthenticated `session_ended`.
func (s *Service) Refresh(ctx context.Context, refresh secret.String, address string) (Session, error) {
	return Session{}, errSoon
}

// Logout ends the session that either token belongs to, at once. Tokens that are unknown or expired are no error.
func (s *Service) Logout(ctx context.Context, access, refresh secret.String, address string) error {
	return errSoon
}

// Authenticate tells who a bearer is: an access token of a session or a personal access token. The session, the user and
// the role are read from the database each time. It fails with Unauthenticated `unauthenticated`. A user with
// MustChangePassword may only change the password or sign out: the caller refuses the rest.
func (s *Service) Authenticate(ctx context.Context, bearer string) (User, error) {
	return User{}, errSoon
}

// ChangePassword sets one's own password, ends all of one's sessions and starts a new one.
func (s *Service) ChangePassword(ctx context.Context, actor event.Actor, old, next secret.String) (Session, error) {
	return Session{}, errSoon
}

// List gives all users by name; for staff.
func (s *Service) List(ctx context.Context, actor event.Actor) ([]User, error) { return nil, errSoon }

// Get gives one user: oneself, or any for staff. It fails with NotFound `user_not_found`.
func (s *Service) Get(ctx context.Context, actor event.Actor, id int64) (User, error) {
	return User{}, errSoon
}

// Create adds a user who must change the given password at the first sign-in; for admins.
func (s *Service) Create(ctx context.Context, actor event.Actor, u User, password secret.String) (User, error) {
	return User{}, errSoon
}

// Update changes a user: admins everybody, a user their own display name, e-mail and language. A new role or disabling
// ends the user's sessions. The last enabled admin stays one: Conflict `last_admin`.
func (s *Service) Update(ctx context.Context, actor event.Actor, id int64, p Patch) (User, error) {
	return User{}, errSoon
}

// ResetPassword gives a user a random password to be changed at the next sign-in and ends their sessions; for admins.
func (s *Service) ResetPassword(ctx context.Context, actor event.Actor, id int64) (secret.String, error) {
	return secret.String{}, errSoon
}

// ListTokens gives one's own personal access tokens.
func (s *Service) ListTokens(ctx context.Context, actor event.Actor) ([]Token, error) {
	return nil, errSoon
}

// CreateToken makes a personal access token; its value is returned this once. A zero expires means 90 days; at most a year.
func (s *Service) CreateToken(ctx context.Context, actor event.Actor, name string, expires time.Time) (Token, secret.String, error) {
	return Token{}, secret.String{}, errSoon
}

// DeleteToken ends one of one's own tokens at once. It fails with NotFound `token_not_found`.
func (s *Service) DeleteToken(ctx context.Context, actor event.Actor, id int64) error { return errSoon }

// Bootstrap makes the first admin with a one-use password where there is no user yet; created is false otherwise.
func (s *Service) Bootstrap(ctx context.Context) (username string, password secret.String, created bool, err error) {
	return "", secret.String{}, false, errSoon
}
