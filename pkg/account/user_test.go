package account_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/account"
	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

func TestService_WhoMayDoWhat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	victim := b.add(t, "victim", event.RoleUser)
	acts := map[string]func(event.Actor) error{
		"create": func(a event.Actor) error {
			u := account.User{Username: "by-" + a.Name, Role: event.RoleUser}
			_, err := b.Create(t.Context(), a, u, secret.New(password))
			return err
		},
		"list":        func(a event.Actor) error { _, err := b.List(t.Context(), a); return err },
		"get other":   func(a event.Actor) error { _, err := b.Get(t.Context(), a, victim.ID); return err },
		"get oneself": func(a event.Actor) error { _, err := b.Get(t.Context(), a, a.UserID); return err },
		"edit other": func(a event.Actor) error {
			_, err := b.Update(t.Context(), a, victim.ID, account.Patch{Email: ptr("x@example.com")})
			return err
		},
		"edit own email": func(a event.Actor) error {
			_, err := b.Update(t.Context(), a, a.UserID, account.Patch{Email: ptr("me@example.com")})
			return err
		},
		"change own team": func(a event.Actor) error {
			_, err := b.Update(t.Context(), a, a.UserID, account.Patch{Team: ptr("core")})
			return err
		},
		"promote oneself": func(a event.Actor) error {
			_, err := b.Update(t.Context(), a, a.UserID, account.Patch{Role: ptr(event.RoleAdmin)})
			return err
		},
		"reset": func(a event.Actor) error { _, err := b.ResetPassword(t.Context(), a, victim.ID); return err },
	}
	want := map[string][3]string{ // user, dba, admin
		"create":          {"forbidden", "forbidden", ""},
		"list":            {"forbidden", "", ""},
		"get other":       {"user_not_found", "", ""},
		"get oneself":     {"", "", ""},
		"edit other":      {"forbidden", "forbidden", ""},
		"edit own email":  {"", "", ""},
		"change own team": {"forbidden", "forbidden", ""},
		"promote oneself": {"forbidden", "forbidden", ""},
		"reset":           {"forbidden", "forbidden", ""},
	}
	require.Len(t, want, len(acts))
	for name, act := range acts {
		for i, u := range []account.User{b.user, b.dba, b.admin} {
			got := ""
			if err := act(as(u)); err != nil {
				got = fault.As(err).Code
			}
			require.Equal(t, want[name][i], got, "%s as %s", name, u.Role)
		}
	}
	require.Equal(t, 10, b.count(t, "SELECT COUNT(*) FROM audit WHERE action LIKE '%.refused'"))
}

func TestService_EveryChangeIsWrittenDown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.Update(t.Context(), as(b.admin), b.user.ID, account.Patch{Role: ptr(event.RoleDBA)})
	require.NoError(t, err)
	require.Equal(t, 1, b.count(t, `SELECT COUNT(*) FROM audit WHERE action = 'user.update' AND subject_id = ? AND actor_id = ?
		AND before_json LIKE '%"role":"user"%' AND after_json LIKE '%"role":"dba"%' AND address = '192.0.2.1'`, b.user.ID, b.admin.ID))
	require.Equal(t, 1, b.count(t, "SELECT COUNT(*) FROM events WHERE type = 'user.updated' AND subject_id = ?", b.user.ID))
	temporary, err := b.ResetPassword(t.Context(), as(b.admin), b.user.ID)
	require.NoError(t, err)
	s, err := b.Login(t.Context(), "uma", temporary, "192.0.2.1")
	require.NoError(t, err)
	require.True(t, s.User.MustChangePassword)
	require.Zero(t, b.count(t, "SELECT COUNT(*) FROM audit WHERE CONCAT(before_json, after_json) LIKE CONCAT('%', ?, '%') OR CONCAT(before_json, after_json) LIKE '%argon2%'", temporary.Reveal()))
}

func TestService_LastAdminStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, patch := range map[string]account.Patch{"Demoted": {Role: ptr(event.RoleUser)}, "Disabled": {Disabled: ptr(true)}} {
		t.Run(name, func(t *testing.T) {
			_, err := b.Update(t.Context(), as(b.admin), b.admin.ID, patch)
			requireCode(t, err, "last_admin")
		})
	}
	t.Run("TwoWhoDemoteEachOther", func(t *testing.T) {
		second := b.add(t, "second", event.RoleAdmin)
		errs := make([]error, 2)
		var group sync.WaitGroup
		group.Go(func() {
			_, errs[0] = b.Update(t.Context(), as(b.admin), second.ID, account.Patch{Role: ptr(event.RoleUser)})
		})
		group.Go(func() {
			_, errs[1] = b.Update(t.Context(), as(second), b.admin.ID, account.Patch{Disabled: ptr(true)})
		})
		group.Wait()
		require.Equal(t, 1, b.count(t, "SELECT COUNT(*) FROM users WHERE role = 'admin' AND disabled = 0"))
		for _, err := range errs {
			if err != nil {
				requireCode(t, err, "last_admin")
			}
		}
	})
}

func TestService_Create_Refuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, given := range map[string]struct {
		user     account.User
		password string
		field    string
	}{
		"EmptyName":       {account.User{}, password, "username"},
		"SpaceInName":     {account.User{Username: "a b"}, password, "username"},
		"ControlInName":   {account.User{Username: "a\x00b"}, password, "username"},
		"BidiInName":      {account.User{Username: "a\u202eb"}, password, "username"},
		"LongName":        {account.User{Username: strings.Repeat("x", 65)}, password, "username"},
		"BidiDisplay":     {account.User{Username: "ok", DisplayName: "\u202eevil"}, password, "display_name"},
		"EmailInjection":  {account.User{Username: "ok", Email: "a@b.com\nBcc: c@d.com"}, password, "email"},
		"EmailLocalhost":  {account.User{Username: "ok", Email: "a@localhost"}, password, "email"},
		"EmailHomograph":  {account.User{Username: "ok", Email: "a@еxample.com"}, password, "email"},
		"Role":            {account.User{Username: "ok", Role: event.RoleSystem}, password, "role"},
		"Language":        {account.User{Username: "ok", Language: "tlh"}, password, "language"},
		"ShortPassword":   {account.User{Username: "ok"}, "elevenchars", "password"},
		"LongPassword":    {account.User{Username: "ok"}, strings.Repeat("ab", 129), "password"},
		"CommonPassword":  {account.User{Username: "ok"}, "Password1234", "password"},
		"OneLetter":       {account.User{Username: "ok"}, strings.Repeat("z", 20), "password"},
		"NulInPassword":   {account.User{Username: "ok"}, "long enough\x00 but", "password"},
		"NameInPassword":  {account.User{Username: "somebody"}, "Somebody-2026!", "password"},
		"InvalidPassword": {account.User{Username: "ok"}, "long enough \xff but", "password"},
	} {
		t.Run(name, func(t *testing.T) {
			if given.user.Role == "" {
				given.user.Role = event.RoleUser
			}
			if given.user.DisplayName == "" {
				given.user.DisplayName = "Ok"
			}
			_, err := b.Create(t.Context(), as(b.admin), given.user, secret.New(given.password))
			require.Error(t, err)
			require.Equal(t, fault.Invalid, fault.As(err).Kind)
			require.Len(t, fault.As(err).Fields, 1)
			require.Equal(t, given.field, fault.As(err).Fields[0].Name)
		})
	}
	t.Run("NameThatLooksTaken", func(t *testing.T) {
		_, err := b.Create(t.Context(), as(b.admin), account.User{Username: "ＵＭＡ", Role: event.RoleUser}, secret.New(password))
		requireCode(t, err, "username_taken")
	})
}

func TestService_ChangePassword_Refuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.ChangePassword(t.Context(), as(b.user), secret.New("wrong"), secret.New("another long passphrase"))
	requireCode(t, err, "bad_credentials")
	_, err = b.ChangePassword(t.Context(), as(b.user), secret.New(password), secret.New(password))
	requireCode(t, err, "unchanged")
	_, err = b.ChangePassword(t.Context(), as(b.user), secret.New(password), secret.New("short"))
	requireCode(t, err, "too_short")
	for range 10 {
		_, err = b.ChangePassword(t.Context(), as(b.user), secret.New("wrong"), secret.New("another long passphrase"))
	}
	requireCode(t, err, "login_limited")
}
