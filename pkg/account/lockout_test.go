package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/account"
	"overmind/pkg/secret"
)

// lockOut guesses the password of a user, from many addresses, until nobody new may try.
func (b *bundle) lockOut(t *testing.T, u account.User) {
	t.Helper()
	for i := range 10 {
		_, err := b.Login(t.Context(), u.Username, secret.New("wrong"), fmt.Sprintf("198.51.100.%d", i))
		requireCode(t, err, "bad_credentials")
	}
	_, err := b.Login(t.Context(), u.Username, secret.New(password), "203.0.113.9")
	requireCode(t, err, "login_limited")
}

func TestService_StrangersDoNotLockOutAnAddressThatHasSignedIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const home = "192.0.2.1"
	b.login(t, b.user)
	_, err := b.Login(t.Context(), "uma", secret.New(password), "2001:db8::1")
	require.NoError(t, err)
	for _, address := range []string{home, "2001:db8::ffff"} {
		b.lockOut(t, b.user)
		_, err := b.Login(t.Context(), "uma", secret.New(password), address)
		require.NoError(t, err, address)
	}
	b.lockOut(t, b.dba) // uma's address means nothing for dana
	_, err = b.Login(t.Context(), "dana", secret.New(password), home)
	requireCode(t, err, "login_limited")
}

func TestService_AnAddressThatHasSignedInMayNotGuessEither(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.login(t, b.user)
	for range 10 {
		_, err := b.Login(t.Context(), "uma", secret.New("wrong"), "192.0.2.1")
		requireCode(t, err, "bad_credentials")
	}
	_, err := b.Login(t.Context(), "uma", secret.New(password), "192.0.2.1")
	requireCode(t, err, "login_limited")
}

func TestService_OneNetworkOfIPv6IsOneAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 10 {
		_, err := b.Login(t.Context(), fmt.Sprint("name", i), secret.New("wrong"), fmt.Sprintf("2001:db8:0:7::%x", i))
		requireCode(t, err, "bad_credentials")
	}
	_, err := b.Login(t.Context(), "another", secret.New("wrong"), "2001:db8:0:7:ffff::1")
	requireCode(t, err, "login_limited")
	_, err = b.Login(t.Context(), "another", secret.New("wrong"), "2001:db8:0:8::1")
	requireCode(t, err, "bad_credentials")
	_, err = b.Login(t.Context(), "another", secret.New("wrong"), "::ffff:192.0.2.77")
	requireCode(t, err, "bad_credentials")
}

func TestService_ResetLetsTheUserInAndEverybodyElseOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, stolen, err := b.CreateToken(t.Context(), as(b.user), "stolen", time.Time{})
	require.NoError(t, err)
	_, kept, err := b.CreateToken(t.Context(), as(b.dba), "kept", time.Time{})
	require.NoError(t, err)
	b.lockOut(t, b.user)
	fresh, err := b.ResetPassword(t.Context(), as(b.admin), b.user.ID)
	require.NoError(t, err)
	_, err = b.Login(t.Context(), "uma", fresh, "203.0.113.9")
	require.NoError(t, err)
	_, err = b.Authenticate(t.Context(), stolen.Reveal())
	requireCode(t, err, "unauthenticated")
	_, err = b.Authenticate(t.Context(), kept.Reveal())
	require.NoError(t, err)
}
