// Package account keeps users, their roles, passwords, sessions and personal access tokens.
package account

import (
	"time"

	"overmind/pkg/event"
	"overmind/pkg/secret"
)

// User is a person who signs in. TokenVersion grows on logout-everywhere, password and role change and disabling, and
// ends every session that carries an older one.
type User struct {
	ID                 int64
	Username           string // lower case, unique
	DisplayName        string
	Email              string
	Team               string
	Language           string // en, zh
	Role               event.Role
	Disabled           bool
	MustChangePassword bool
	TokenVersion       int
	CreatedAt          time.Time
	UpdatedAt          time.Time
}

// Session is what a sign-in or a refresh gives: a short JWT and a refresh token, both set as cookies by the HTTP layer.
type Session struct {
	Access         secret.String
	AccessExpires  time.Time
	Refresh        secret.String
	RefreshExpires time.Time
	User           User
}

// Token is a personal access token; its value is shown once and kept hashed.
type Token struct {
	ID         int64
	UserID     int64
	Name       string
	Prefix     string // first characters, to recognise it
	ExpiresAt  time.Time
	LastUsedAt time.Time
	CreatedAt  time.Time
}

/* Service (pkg/account/service.go):
   New(store Store, keys Keys(JWT signing key), clock func() time.Time) *Service
   Login(ctx, username, password secret.String, address string) (Session, error)   // Unauthenticated `bad_credentials`; TooMany `login_limited`
   Refresh(ctx, refresh secret.String, address string) (Session, error)            // rotates; reuse of an old one ends the family
   Logout(ctx, access/refresh …) error
   Authenticate(ctx, bearer string) (User, error)      // JWT or personal access token `om_pat_…`; checked against the database on each call
   ChangePassword(ctx, actor, old, new secret.String) (Session, error)
   Users: List, Get, Create(actor, User, password), Update(actor, id, Patch), ResetPassword(actor, id) (secret.String, error)
   Tokens: ListTokens(actor), CreateToken(actor, name, expires) (Token, secret.String, error), DeleteToken(actor, id)
   Bootstrap(ctx) (username string, password secret.String, created bool, err error)   // first start: one-use admin password
*/
