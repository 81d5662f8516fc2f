package account

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

const (
	accessLifetime = 15 * time.Minute
	issuer         = "overmind"
	audience       = "overmind-api"
	maxBearer      = 2 << 10 // bytes; parsing is linear in the length
	refreshPrefix  = "om_rt_"
)

var errUnauthenticated = fault.New(fault.Unauthenticated, "unauthenticated", "Sign in to go on.")

// claims say which session this is. What its user may do is read from the database, never from here.
type claims struct {
	jwt.RegisteredClaims
	Session string `json:"sid"`
	Version int    `json:"ver"`
}

// sign makes the access token of a session.
func (s *Service) sign(session string, u User) (secret.String, time.Time, error) {
	now := s.now()
	expires := now.Add(accessLifetime)
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			ID: rand.Text(), Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: fmt.Sprint(u.ID),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Session: session, Version: u.TokenVersion,
	}).SignedString(s.key)
	if err != nil {
		return secret.String{}, time.Time{}, fmt.Errorf("sign the access token: %w", err)
	}
	return secret.New(token), expires, nil
}

// read checks an access token by itself, up to late after its time.
func (s *Service) read(token string, late time.Duration) (claims, error) {
	var c claims
	if len(token) > maxBearer {
		return claims{}, errUnauthenticated
	}
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return s.key, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now), jwt.WithLeeway(late))
	if err != nil || c.ID == "" || c.Session == "" {
		return claims{}, errUnauthenticated
	}
	return c, nil
}

// newRefresh makes a refresh token: the session's id, which cannot be guessed, and a part that changes at each use.
func newRefresh(session string) secret.String {
	return secret.New(refreshPrefix + session + "_" + rand.Text() + rand.Text())
}

func sessionOf(refresh secret.String) (id string, ok bool) {
	rest, ok := strings.CutPrefix(refresh.Reveal(), refreshPrefix)
	id, _, found := strings.Cut(rest, "_")
	return id, ok && found && len(id) == len(rand.Text()) && len(refresh.Reveal()) < maxBearer
}
