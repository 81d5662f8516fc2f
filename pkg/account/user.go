package account

import (
	"context"
	"crypto/rand"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

// List gives all users by name; for staff.
func (s *Service) List(ctx context.Context, actor event.Actor) ([]User, error) {
	if !actor.IsStaff() {
		return nil, errForbidden
	}
	return s.store.Users(ctx)
}

// Get gives one user: oneself, or any for staff. It fails with NotFound `user_not_found`.
func (s *Service) Get(ctx context.Context, actor event.Actor, id int64) (User, error) {
	if id != actor.UserID && !actor.IsStaff() {
		return User{}, fault.New(fault.NotFound, "user_not_found", "There is no such user.")
	}
	c, err := s.store.User(ctx, id)
	return c.User, err
}

// Create adds a user who must change the given password at the first sign-in; for admins. Only the fields that a Patch
// has, and the user name, are taken. It fails with Conflict `username_taken`.
func (s *Service) Create(ctx context.Context, actor event.Actor, u User, password secret.String) (User, error) {
	if !actor.IsAdmin() {
		return User{}, s.refuse(ctx, actor, "user.create.refused", 0)
	}
	return s.create(ctx, actor, u, password, false)
}

func (s *Service) create(ctx context.Context, actor event.Actor, u User, password secret.String, onlyFirst bool) (User, error) {
	u = User{Username: normalize(u.Username), DisplayName: u.DisplayName, Email: u.Email, Team: u.Team, Language: u.Language,
		Role: u.Role, Disabled: u.Disabled, MustChangePassword: true, TokenVersion: 1}
	if u.DisplayName == "" {
		u.DisplayName = u.Username
	}
	if u.Language == "" {
		u.Language = "en"
	}
	if err := checkUser(u); err != nil {
		return User{}, err
	}
	if err := checkPassword("password", password, u); err != nil {
		return User{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	return s.store.CreateUser(ctx, Credentials{User: u, PasswordHash: hash}, onlyFirst, func(u User) Change {
		return changed(actor, u, "user.create", "user.created", nil, u.snapshot())
	})
}

// Update changes a user: admins everybody, a user their own display name, e-mail and language. A new role or disabling
// ends the user's sessions. The last enabled admin stays one: Conflict `last_admin`.
func (s *Service) Update(ctx context.Context, actor event.Actor, id int64, p Patch) (User, error) {
	own := id == actor.UserID && p.Team == nil && p.Role == nil && p.Disabled == nil
	if !actor.IsAdmin() && !own {
		return User{}, s.refuse(ctx, actor, "user.update.refused", id)
	}
	return s.store.UpdateUser(ctx, id, func(c *Credentials, otherAdmins int) (Change, error) {
		before := c.User
		p.apply(&c.User)
		if err := checkUser(c.User); err != nil {
			return Change{}, err
		}
		isAdmin := c.User.Role == event.RoleAdmin && !c.User.Disabled
		if wasAdmin := before.Role == event.RoleAdmin && !before.Disabled; wasAdmin && !isAdmin && otherAdmins == 0 {
			return Change{}, fault.New(fault.Conflict, "last_admin", "This is the last admin; make somebody else an admin first.")
		}
		if before.Role != c.User.Role || before.Disabled != c.User.Disabled {
			c.User.TokenVersion++
		}
		return changed(actor, c.User, "user.update", "user.updated", before.snapshot(), c.User.snapshot()), nil
	})
}

func (p Patch) apply(u *User) {
	set(&u.DisplayName, p.DisplayName)
	set(&u.Email, p.Email)
	set(&u.Team, p.Team)
	set(&u.Language, p.Language)
	set(&u.Role, p.Role)
	set(&u.Disabled, p.Disabled)
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// ChangePassword sets one's own password, ends all of one's sessions and starts a new one. A wrong old password is
// Invalid `bad_credentials` on field old_password, and counts as a failed sign-in.
func (s *Service) ChangePassword(ctx context.Context, actor event.Actor, old, next secret.String) (Session, error) {
	known, err := s.store.User(ctx, actor.UserID)
	if err != nil {
		return Session{}, err
	}
	if err := checkPassword("new_password", next, known.User); err != nil {
		return Session{}, err
	}
	if err := s.attempt(ctx, actor.UserID, known.User.Username, actor.Address); err != nil {
		return Session{}, err
	}
	matches, err := s.hasher.matches(ctx, known.PasswordHash, old)
	if err != nil {
		return Session{}, err
	}
	if !matches {
		if err := s.store.Record(ctx, event.Audit{Action: "user.password.refused", Aggregate: "user", SubjectID: actor.UserID, Actor: actor}); err != nil {
			return Session{}, err
		}
		return Session{}, fault.OnField("old_password", "bad_credentials", "The old password is wrong.")
	}
	if old.Reveal() == next.Reveal() {
		return Session{}, fault.OnField("new_password", "unchanged", "The new password must differ from the old one.")
	}
	u, err := s.setPassword(ctx, actor, known, next, false)
	if err != nil {
		return Session{}, err
	}
	return s.start(ctx, u, actor.Address)
}

// ResetPassword gives a user a random password to be changed at the next sign-in, ends their sessions and access tokens
// and forgives the failed sign-ins, so that it helps whoever lost control of an account or was locked out; for admins.
func (s *Service) ResetPassword(ctx context.Context, actor event.Actor, id int64) (secret.String, error) {
	if !actor.IsAdmin() {
		return secret.String{}, s.refuse(ctx, actor, "user.password.refused", id)
	}
	known, err := s.store.User(ctx, id)
	if err != nil {
		return secret.String{}, err
	}
	password := secret.New(rand.Text())
	_, err = s.setPassword(ctx, actor, known, password, true)
	return password, err
}

// setPassword replaces the password that known was read with.
func (s *Service) setPassword(ctx context.Context, actor event.Actor, known Credentials, password secret.String, mustChange bool) (User, error) {
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	return s.store.UpdateUser(ctx, known.User.ID, func(c *Credentials, _ int) (Change, error) {
		if c.PasswordHash != known.PasswordHash {
			return Change{}, fault.New(fault.Conflict, "version_conflict", "The password has just been changed by somebody else.")
		}
		before := c.User.snapshot()
		c.PasswordHash = hash
		c.User.MustChangePassword = mustChange
		c.User.TokenVersion++
		change := changed(actor, c.User, "user.password", "user.password_changed", before, c.User.snapshot())
		if name := hashOf(c.User.Username); mustChange {
			change.Renews = &name
		}
		return change, nil
	})
}

// Bootstrap makes the first admin with a one-use password where there is no user yet; created is false otherwise.
func (s *Service) Bootstrap(ctx context.Context) (username string, password secret.String, created bool, err error) {
	password = secret.New(rand.Text())
	u, err := s.create(ctx, event.System, User{Username: "admin", DisplayName: "Administrator", Role: event.RoleAdmin}, password, true)
	if fault.Is(err, "not_first") {
		return "", secret.String{}, false, nil
	}
	if err != nil {
		return "", secret.String{}, false, err
	}
	return u.Username, password, true, nil
}

// refuse writes down that actor tried what the role does not allow.
func (s *Service) refuse(ctx context.Context, actor event.Actor, action string, id int64) error {
	if err := s.store.Record(ctx, event.Audit{Action: action, Aggregate: "user", SubjectID: id, Actor: actor}); err != nil {
		return err
	}
	return errForbidden
}
