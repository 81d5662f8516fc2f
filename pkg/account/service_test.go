package account_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/account"
	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
)

var signingKey = []byte("0123456789abcdefghijklmnopqrstuv")

// bundle is an installation of its own with one user of each role.
type bundle struct {
	*account.Service
	db               *sql.DB
	clock            *atomic.Int64 // added to the real time, in nanoseconds
	admin, dba, user account.User
}

const password = "a long enough passphrase"

func setup(t *testing.T) *bundle { t.Helper(); return setupOn(t, testkit.MariaDB(t)) }

func setupOn(t *testing.T, server *localdb.Server) *bundle {
	t.Helper()
	name, db := testkit.Database(t, server)
	s, err := store.Open(t.Context(), store.Options{
		Host: server.Host, Port: server.Port, User: "root", Password: secret.New(server.RootPassword), Database: name})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	b := &bundle{db: db, clock: new(atomic.Int64)}
	b.Service = account.New(s.Accounts(), signingKey, func() time.Time { return time.Now().Add(time.Duration(b.clock.Load())) })
	b.admin = b.add(t, "root", event.RoleAdmin)
	b.dba = b.add(t, "dana", event.RoleDBA)
	b.user = b.add(t, "uma", event.RoleUser)
	return b
}

func (b *bundle) add(t *testing.T, name string, role event.Role) account.User {
	t.Helper()
	u, err := b.Create(t.Context(), event.System, account.User{Username: name, Role: role}, secret.New(password))
	require.NoError(t, err)
	return u
}

func (b *bundle) login(t *testing.T, u account.User) account.Session {
	t.Helper()
	s, err := b.Login(t.Context(), u.Username, secret.New(password), "192.0.2.1")
	require.NoError(t, err)
	return s
}

func (b *bundle) alive(t *testing.T, s account.Session) bool {
	t.Helper()
	_, err := b.Authenticate(t.Context(), s.Access.Reveal())
	if err != nil {
		requireCode(t, err, "unauthenticated")
	}
	return err == nil
}

func (b *bundle) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, b.db.QueryRowContext(t.Context(), query, args...).Scan(&n))
	return n
}

func as(u account.User) event.Actor { return u.Actor("192.0.2.1") }

func ptr[T any](v T) *T { return &v }

func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	require.Truef(t, fault.Is(err, code), "want %s, got %v", code, err)
}

func TestService_Login(t *testing.T) {
	t.Parallel()
	b := setup(t)
	t.Run("OK", func(t *testing.T) {
		s := b.login(t, b.user)
		u, err := b.Authenticate(t.Context(), s.Access.Reveal())
		require.NoError(t, err)
		require.Equal(t, b.user.ID, u.ID)
		require.True(t, u.MustChangePassword)
		require.WithinDuration(t, time.Now().Add(15*time.Minute), s.AccessExpires, time.Minute)
	})
	t.Run("NameInAnyForm", func(t *testing.T) {
		_, err := b.Login(t.Context(), "ＵＭＡ", secret.New(password), "192.0.2.1")
		require.NoError(t, err)
	})
	t.Run("UnknownWrongAndDisabledLookAlike", func(t *testing.T) {
		gone := b.add(t, "gone", event.RoleUser)
		_, err := b.Update(t.Context(), as(b.admin), gone.ID, account.Patch{Disabled: ptr(true)})
		require.NoError(t, err)
		_, unknown := b.Login(t.Context(), "nobody", secret.New(password), "192.0.2.2")
		_, wrong := b.Login(t.Context(), "uma", secret.New("wrong"), "192.0.2.2")
		_, disabled := b.Login(t.Context(), "gone", secret.New(password), "192.0.2.2")
		requireCode(t, unknown, "bad_credentials")
		require.Equal(t, unknown, wrong)
		require.Equal(t, unknown, disabled)
	})
	t.Run("NothingSecretIsStored", func(t *testing.T) {
		s := b.login(t, b.user)
		var text string
		require.NoError(t, b.db.QueryRowContext(t.Context(), "SELECT GROUP_CONCAT(HEX(refresh_hash), address) FROM sessions").Scan(&text))
		require.NotContains(t, text, fmt.Sprintf("%X", s.Refresh.Reveal()))
		require.Zero(t, b.count(t, "SELECT COUNT(*) FROM users WHERE password_hash NOT LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'"))
	})
}

func TestService_LoginLimits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	guess := func(name, address string) error {
		_, err := b.Login(context.Background(), name, secret.New("wrong"), address)
		return err
	}
	t.Run("AThousandGuessesReachTheHashAtMostTenTimes", func(t *testing.T) {
		var reached, limited atomic.Int64
		var group sync.WaitGroup
		for worker := range 8 {
			group.Go(func() {
				for i := range 125 { // another address each time
					switch err := guess("uma", fmt.Sprintf("198.51.%d.%d", worker, i)); {
					case fault.Is(err, "bad_credentials"):
						reached.Add(1)
					case fault.Is(err, "login_limited"):
						limited.Add(1)
					}
				}
			})
		}
		group.Wait()
		require.EqualValues(t, 1000, reached.Load()+limited.Load())
		require.LessOrEqual(t, reached.Load(), int64(10))
		_, err := b.Login(t.Context(), "uma", secret.New(password), "203.0.113.9")
		requireCode(t, err, "login_limited")
	})
	t.Run("PerAddress", func(t *testing.T) {
		for i := range 10 {
			requireCode(t, guess(fmt.Sprint("name", i), "203.0.113.1"), "bad_credentials")
		}
		err := guess("name11", "203.0.113.1")
		requireCode(t, err, "login_limited")
		require.Contains(t, err.Error(), "seconds")
		requireCode(t, guess("name11", "203.0.113.2"), "bad_credentials")
	})
	t.Run("SuccessForgivesTheAccount", func(t *testing.T) {
		for range 3 {
			for range 9 {
				requireCode(t, guess("dana", "203.0.113.3"), "bad_credentials")
			}
			_, err := b.Login(t.Context(), "dana", secret.New(password), "203.0.113.3")
			require.NoError(t, err)
		}
	})
	t.Run("ForgottenAfterTheWindow", func(t *testing.T) {
		testkit.Exec(t, b.db, "UPDATE login_failures SET at = at - INTERVAL 15 MINUTE")
		_, err := b.Login(t.Context(), "uma", secret.New(password), "203.0.113.1")
		require.NoError(t, err)
		require.Zero(t, b.count(t, "SELECT COUNT(*) FROM login_failures WHERE at < NOW(6) - INTERVAL 15 MINUTE"))
	})
}

func TestService_Refresh(t *testing.T) {
	t.Parallel()
	b := setup(t)
	t.Run("Rotates", func(t *testing.T) {
		first := b.login(t, b.user)
		second, err := b.Refresh(t.Context(), first.Refresh, "192.0.2.1")
		require.NoError(t, err)
		require.NotEqual(t, first.Refresh.Reveal(), second.Refresh.Reveal())
		require.True(t, b.alive(t, second))
	})
	t.Run("ReuseEndsTheFamily", func(t *testing.T) {
		first := b.login(t, b.user)
		second, err := b.Refresh(t.Context(), first.Refresh, "192.0.2.1")
		require.NoError(t, err)
		_, err = b.Refresh(t.Context(), first.Refresh, "192.0.2.66")
		requireCode(t, err, "session_ended")
		_, err = b.Refresh(t.Context(), second.Refresh, "192.0.2.1")
		requireCode(t, err, "session_ended")
		require.False(t, b.alive(t, second))
		require.Equal(t, 1, b.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'user.session.reused' AND address = '192.0.2.66'"))
	})
	t.Run("Nonsense", func(t *testing.T) {
		for _, value := range []string{"", "x", "om_rt_", "om_rt__", "om_rt_" + strings.Repeat("A", 26) + "_B", strings.Repeat("om_rt_", 1<<16)} {
			_, err := b.Refresh(t.Context(), secret.New(value), "192.0.2.1")
			requireCode(t, err, "session_ended")
		}
	})
	t.Run("EndsThirtyDaysAfterTheSignIn", func(t *testing.T) {
		s := b.login(t, b.user)
		testkit.Exec(t, b.db, "UPDATE sessions SET created_at = NOW(6) - INTERVAL 29 DAY")
		s, err := b.Refresh(t.Context(), s.Refresh, "192.0.2.1")
		require.NoError(t, err)
		require.WithinDuration(t, time.Now().Add(24*time.Hour), s.RefreshExpires, time.Minute)
		testkit.Exec(t, b.db, "UPDATE sessions SET expires_at = NOW(6)")
		_, err = b.Refresh(t.Context(), s.Refresh, "192.0.2.1")
		requireCode(t, err, "session_ended")
		require.False(t, b.alive(t, s))
	})
}

func TestService_SessionsEndAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	t.Run("Logout", func(t *testing.T) {
		s, other := b.login(t, b.user), b.login(t, b.user)
		require.NoError(t, b.Logout(t.Context(), s.Access, secret.String{}, "192.0.2.1"))
		require.False(t, b.alive(t, s))
		require.True(t, b.alive(t, other))
		_, err := b.Refresh(t.Context(), s.Refresh, "192.0.2.1")
		requireCode(t, err, "session_ended")
		require.NoError(t, b.Logout(t.Context(), s.Access, s.Refresh, "192.0.2.1"))
	})
	t.Run("LogoutWithAnExpiredToken", func(t *testing.T) {
		s := b.login(t, b.user)
		b.clock.Store(int64(time.Hour))
		defer b.clock.Store(0)
		require.NoError(t, b.Logout(t.Context(), s.Access, secret.String{}, "192.0.2.1"))
		b.clock.Store(0)
		require.False(t, b.alive(t, s))
	})
	for name, patch := range map[string]account.Patch{
		"RoleChange": {Role: ptr(event.RoleDBA)},
		"Disabling":  {Disabled: ptr(true)},
	} {
		t.Run(name, func(t *testing.T) {
			u := b.add(t, "u-"+strings.ToLower(name), event.RoleUser)
			s := b.login(t, u)
			_, err := b.Update(t.Context(), as(b.admin), u.ID, patch)
			require.NoError(t, err)
			require.False(t, b.alive(t, s))
			_, err = b.Refresh(t.Context(), s.Refresh, "192.0.2.1")
			requireCode(t, err, "session_ended")
		})
	}
	t.Run("PasswordChangeKeepsOnlyTheNewOne", func(t *testing.T) {
		u := b.add(t, "changer", event.RoleUser)
		one, two := b.login(t, u), b.login(t, u)
		fresh, err := b.ChangePassword(t.Context(), as(u), secret.New(password), secret.New("another long passphrase"))
		require.NoError(t, err)
		require.False(t, b.alive(t, one))
		require.False(t, b.alive(t, two))
		require.True(t, b.alive(t, fresh))
		require.False(t, fresh.User.MustChangePassword)
		_, err = b.Login(t.Context(), u.Username, secret.New(password), "192.0.2.1")
		requireCode(t, err, "bad_credentials")
	})
	t.Run("RoleIsReadFromTheDatabase", func(t *testing.T) {
		s := b.login(t, b.user)
		testkit.Exec(t, b.db, "UPDATE users SET role = 'dba' WHERE username = 'uma'")
		u, err := b.Authenticate(t.Context(), s.Access.Reveal())
		require.NoError(t, err)
		require.Equal(t, event.RoleDBA, u.Role)
	})
}

func TestService_Tokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, value, err := b.CreateToken(t.Context(), as(b.user), "ci", time.Time{})
	require.NoError(t, err)
	require.Regexp(t, `^om_pat_[0-9A-Za-z]{43}$`, value.Reveal())
	require.True(t, strings.HasPrefix(value.Reveal(), token.Prefix))
	use := func() error {
		u, err := b.Authenticate(context.Background(), value.Reveal())
		if err == nil && u.ID != b.user.ID {
			return fmt.Errorf("wrong user %d", u.ID)
		}
		return err
	}
	t.Run("UseIsNotedOnceAMinute", func(t *testing.T) {
		require.NoError(t, use())
		listed, err := b.ListTokens(t.Context(), as(b.user))
		require.NoError(t, err)
		require.Len(t, listed, 1)
		first := listed[0].LastUsedAt
		require.WithinDuration(t, time.Now(), first, time.Minute)
		require.NoError(t, use())
		listed, err = b.ListTokens(t.Context(), as(b.user))
		require.NoError(t, err)
		require.Equal(t, first, listed[0].LastUsedAt)
	})
	t.Run("OthersCannotSeeOrDeleteIt", func(t *testing.T) {
		listed, err := b.ListTokens(t.Context(), as(b.admin))
		require.NoError(t, err)
		require.Empty(t, listed)
		requireCode(t, b.DeleteToken(t.Context(), as(b.admin), token.ID), "token_not_found")
	})
	t.Run("OnlyItsHashIsStored", func(t *testing.T) {
		require.Equal(t, 1, b.count(t, "SELECT COUNT(*) FROM access_tokens WHERE token_hash = UNHEX(SHA2(?, 256))", value.Reveal()))
	})
	t.Run("Expired", func(t *testing.T) {
		testkit.Exec(t, b.db, "UPDATE access_tokens SET expires_at = NOW(6)")
		requireCode(t, use(), "unauthenticated")
		testkit.Exec(t, b.db, "UPDATE access_tokens SET expires_at = NOW(6) + INTERVAL 1 DAY")
		require.NoError(t, use())
	})
	t.Run("Disabled", func(t *testing.T) {
		_, err := b.Update(t.Context(), as(b.admin), b.user.ID, account.Patch{Disabled: ptr(true)})
		require.NoError(t, err)
		requireCode(t, use(), "unauthenticated")
		_, err = b.Update(t.Context(), as(b.admin), b.user.ID, account.Patch{Disabled: ptr(false)})
		require.NoError(t, err)
	})
	t.Run("Deleted", func(t *testing.T) {
		require.NoError(t, b.DeleteToken(t.Context(), as(b.user), token.ID))
		requireCode(t, use(), "unauthenticated")
	})
	t.Run("Refused", func(t *testing.T) {
		for _, name := range []string{"", "  ", "a\nb", "\u202etxt", strings.Repeat("x", 101)} {
			_, _, err := b.CreateToken(t.Context(), as(b.user), name, time.Time{})
			requireCode(t, err, "not_valid")
		}
		for _, expires := range []time.Time{time.Now().Add(-time.Second), time.Now().AddDate(2, 0, 0)} {
			_, _, err := b.CreateToken(t.Context(), as(b.user), "x", expires)
			requireCode(t, err, "out_of_range")
		}
	})
}

func TestService_Bootstrap(t *testing.T) {
	t.Parallel()
	b := setup(t)
	testkit.Exec(t, b.db, "DELETE FROM users")
	sessions, errs := make([]account.Session, 4), make([]error, 4)
	var made atomic.Int64
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			name, value, created, err := b.Bootstrap(context.Background())
			if errs[i] = err; err != nil || !created {
				return
			}
			made.Add(1)
			sessions[i], errs[i] = b.Login(context.Background(), name, value, "192.0.2.1")
		})
	}
	group.Wait()
	require.EqualValues(t, 1, made.Load())
	for i, s := range sessions {
		require.NoError(t, errs[i])
		if s.Access.IsSet() {
			require.True(t, s.User.MustChangePassword)
			require.Equal(t, event.RoleAdmin, s.User.Role)
		}
	}
}

// The statements are the same on both kinds of servers; that they mean the same is shown once.
func TestService_OnMySQL(t *testing.T) {
	t.Parallel()
	b := setupOn(t, testkit.MySQL(t))
	for range 10 {
		_, err := b.Login(t.Context(), "dana", secret.New("wrong"), "192.0.2.9")
		requireCode(t, err, "bad_credentials")
	}
	_, err := b.Login(t.Context(), "dana", secret.New(password), "192.0.2.10")
	requireCode(t, err, "login_limited")
	s, err := b.Refresh(t.Context(), b.login(t, b.user).Refresh, "192.0.2.1")
	require.NoError(t, err)
	_, value, err := b.CreateToken(t.Context(), as(b.user), "ci", time.Time{})
	require.NoError(t, err)
	_, err = b.Authenticate(t.Context(), value.Reveal())
	require.NoError(t, err)
	_, err = b.Update(t.Context(), as(b.admin), b.admin.ID, account.Patch{Disabled: ptr(true)})
	requireCode(t, err, "last_admin")
	_, err = b.Update(t.Context(), as(b.admin), b.user.ID, account.Patch{Disabled: ptr(true)})
	require.NoError(t, err)
	require.False(t, b.alive(t, s))
	_, err = b.Authenticate(t.Context(), value.Reveal())
	requireCode(t, err, "unauthenticated")
}

func TestSession_HidesItsTokens(t *testing.T) {
	t.Parallel()
	s := account.Session{Access: secret.New("canary"), Refresh: secret.New("canary")}
	encoded, err := json.Marshal(s)
	require.NoError(t, err)
	require.NotContains(t, string(encoded)+fmt.Sprintf("%v %+v %#v", s, s, s), "canary")
}
