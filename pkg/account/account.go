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

// Actor is the user as the one who acts, from the given address.
func (u User) Actor(address string) event.Actor {
	return event.Actor{UserID: u.ID, Name: u.Username, Role: u.Role, Address: address}
}

// Patch changes what is not nil.
type Patch struct {
	DisplayName *string
	Email       *string
	Team        *string
	Language    *string
	Role        *event.Role
	Disabled    *bool
}
