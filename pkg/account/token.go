package account

import (
	"context"
	"crypto/rand"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

const (
	tokenPrefix   = "om_pat_"
	tokenLength   = 43 // of base62: 256 bits
	shownLength   = len(tokenPrefix) + 5
	tokenLifetime = 90 * 24 * time.Hour
	tokenMost     = 366 * 24 * time.Hour
	tokenLimit    = 50 // a user
	base62        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

var tokenForm = regexp.MustCompile(`^om_pat_[0-9A-Za-z]{43}$`)

func isToken(bearer string) bool {
	return len(bearer) == len(tokenPrefix)+tokenLength && tokenForm.MatchString(bearer)
}

func newToken() secret.String {
	value := []byte(tokenPrefix)
	for random := make([]byte, 1); len(value) < len(tokenPrefix)+tokenLength; {
		_, _ = rand.Read(random) // never fails
		if random[0] < 4*62 {    // the rest would make some letters likelier
			value = append(value, base62[random[0]%62])
		}
	}
	return secret.New(string(value))
}

// ListTokens gives one's own personal access tokens, the newest first.
func (s *Service) ListTokens(ctx context.Context, actor event.Actor) ([]Token, error) {
	return s.store.Tokens(ctx, actor.UserID)
}

// CreateToken makes a personal access token; its value is returned this once. A zero expires means 90 days; at most a year.
func (s *Service) CreateToken(ctx context.Context, actor event.Actor, name string, expires time.Time) (Token, secret.String, error) {
	now := s.now()
	if expires.IsZero() {
		expires = now.Add(tokenLifetime)
	}
	name = strings.TrimSpace(name)
	switch {
	case name == "" || !isLine(name) || utf8.RuneCountInString(name) > maxText:
		return Token{}, secret.String{}, fault.OnField("name", "not_valid", "Give the token a name of 1 to 100 characters on one line.")
	case !expires.After(now) || expires.After(now.Add(tokenMost)):
		return Token{}, secret.String{}, fault.OnField("expires_at", "out_of_range", "A token must expire within a year from now.")
	}
	value := newToken()
	t := Token{UserID: actor.UserID, Name: name, Prefix: value.Reveal()[:shownLength], ExpiresAt: expires}
	t, err := s.store.CreateToken(ctx, t, hashOf(value.Reveal()), tokenLimit, func(t Token) Change {
		return tokenChange(actor, t, "user.token.create", "user.token_created")
	})
	if err != nil {
		return Token{}, secret.String{}, err
	}
	return t, value, nil
}

// DeleteToken ends one of one's own tokens at once. It fails with NotFound `token_not_found`.
func (s *Service) DeleteToken(ctx context.Context, actor event.Actor, id int64) error {
	return s.store.DeleteToken(ctx, actor.UserID, id, tokenChange(actor, Token{ID: id, UserID: actor.UserID}, "user.token.delete", "user.token_deleted"))
}

func tokenChange(actor event.Actor, t Token, audited, happened string) Change {
	data := event.Encode(map[string]any{"token_id": t.ID, "name": t.Name, "prefix": t.Prefix})
	return Change{
		Event: event.Event{Type: happened, Aggregate: "user", SubjectID: t.UserID, ActorID: actor.UserID, ActorName: actor.Name, Data: data},
		Audit: event.Audit{Action: audited, Aggregate: "user", SubjectID: t.UserID, Actor: actor, After: data},
	}
}
