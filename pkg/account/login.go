package account

import (
	"context"
	"crypto/rand"
	"net/netip"
	"time"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

const (
	attemptLimit    = 10
	attemptWindow   = 15 * time.Minute
	sessionIdle     = 7 * 24 * time.Hour
	sessionLifetime = 30 * 24 * time.Hour
)

// Login checks a password and starts a session. It fails with Unauthenticated `bad_credentials`, the same for unknown
// and disabled users, and with TooMany `login_limited` after ten failures in 15 minutes of one account or one address. An
// address from which the user has signed in before is not held to the failures of others.
func (s *Service) Login(ctx context.Context, username string, password secret.String, address string) (Session, error) {
	name := normalize(username)
	attacker := event.Actor{Address: address}
	known, err := s.store.UserByName(ctx, name)
	if err != nil && !fault.Is(err, "user_not_found") {
		return Session{}, err
	}
	if err := s.attempt(ctx, known.User.ID, name, address); err != nil {
		return Session{}, err
	}
	matches, err := s.hasher.matches(ctx, known.PasswordHash, password)
	if err != nil {
		return Session{}, err
	}
	if !matches || known.User.Disabled {
		if err := s.store.Record(ctx, event.Audit{Action: "user.login.refused", Aggregate: "user", SubjectID: known.User.ID, Actor: attacker}); err != nil {
			return Session{}, err
		}
		return Session{}, fault.New(fault.Unauthenticated, "bad_credentials", "The user name or the password is wrong.")
	}
	return s.start(ctx, known.User, address)
}

// attempt counts a try before the password is looked at, so that a thousand tries at once are limited like ten in a row.
func (s *Service) attempt(ctx context.Context, userID int64, name, address string) error {
	wait, err := s.store.Attempt(ctx, Attempt{UserID: userID, NameHash: hashOf(name), Network: networkOf(address)}, attemptLimit, attemptWindow)
	if err != nil {
		return err
	}
	if wait > 0 {
		return fault.New(fault.TooMany, "login_limited", "Too many failed sign-ins. Try again in %d seconds.", int(wait.Seconds())+1)
	}
	return nil
}

// networkOf is what counts as one address: of IPv6, the /64 that every subscriber has to themselves.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
}

// start begins a session of a user whose password was just checked.
func (s *Service) start(ctx context.Context, u User, address string) (Session, error) {
	id := rand.Text()
	refresh := newRefresh(id)
	expires, err := s.store.StartSession(ctx, Started{ID: id, UserID: u.ID, Refresh: hashOf(refresh.Reveal()),
		TokenVersion: u.TokenVersion, Network: networkOf(address), Lifetime: sessionIdle, NameHash: hashOf(u.Username)},
		event.Audit{Action: "user.login", Aggregate: "user", SubjectID: u.ID, Actor: u.Actor(address)})
	if err != nil {
		return Session{}, err
	}
	return s.session(id, u, refresh, expires)
}

func (s *Service) session(id string, u User, refresh secret.String, expires time.Time) (Session, error) {
	access, accessExpires, err := s.sign(id, u)
	if err != nil {
		return Session{}, err
	}
	return Session{Access: access, AccessExpires: accessExpires, Refresh: refresh, RefreshExpires: expires, User: u}, nil
}

// Refresh swaps a refresh token for a new pair. An old token that comes back ends the whole session, because one of the
// two who hold it is not the user. It fails with Unauthenticated `session_ended`.
func (s *Service) Refresh(ctx context.Context, refresh secret.String, address string) (Session, error) {
	id, ok := sessionOf(refresh)
	if !ok {
		return Session{}, fault.New(fault.Unauthenticated, "session_ended", "Your session has ended. Sign in again.")
	}
	next := newRefresh(id)
	u, expires, err := s.store.RotateSession(ctx, id, hashOf(refresh.Reveal()), hashOf(next.Reveal()), sessionIdle, sessionLifetime, address)
	if err != nil {
		return Session{}, err
	}
	return s.session(id, u, next, expires)
}

// Logout ends the session that either token belongs to, at once. Tokens that are unknown or expired are no error.
func (s *Service) Logout(ctx context.Context, access, refresh secret.String, address string) error {
	if c, err := s.read(access.Reveal(), sessionLifetime); err == nil { // an old token still names its session
		if err := s.store.EndSession(ctx, c.Session, address); err != nil {
			return err
		}
	}
	if id, ok := sessionOf(refresh); ok {
		return s.store.EndSession(ctx, id, address)
	}
	return nil
}

// Authenticate tells who a bearer is: an access token of a session or a personal access token. The session, the user and
// the role are read from the database each time. It fails with Unauthenticated `unauthenticated`. A user with
// MustChangePassword may only change the password or sign out: the caller refuses the rest.
func (s *Service) Authenticate(ctx context.Context, bearer string) (User, error) {
	u, err := s.bearer(ctx, bearer)
	if fault.Is(err, "session_ended") || fault.Is(err, "token_ended") {
		return User{}, errUnauthenticated
	}
	return u, err
}

func (s *Service) bearer(ctx context.Context, bearer string) (User, error) {
	if isToken(bearer) {
		return s.store.TokenUser(ctx, hashOf(bearer))
	}
	c, err := s.read(bearer, 0)
	if err != nil {
		return User{}, err
	}
	u, err := s.store.SessionUser(ctx, c.Session)
	if err == nil && u.TokenVersion != c.Version {
		return User{}, errUnauthenticated
	}
	return u, err
}
