package rest_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/api/rest"
	"overmind/pkg/event"
)

// login signs in like a browser: the session lives in a cookie jar.
func (b *bundle) login(t *testing.T, name string) client {
	t.Helper()
	return b.loginWith(t, name, password)
}

func (b *bundle) loginWith(t *testing.T, name, password string) client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	c := client{b: b, http: &http.Client{Transport: b.http.Client().Transport, Jar: loopbackJar{jar}}}
	a := c.do(t, "POST", "/api/v1/auth/login", fmt.Sprintf(`{"username":%q,"password":%q}`, name, password))
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	return c
}

// newcomer is an admin who has not chosen a password yet.
func (b *bundle) newcomer(t *testing.T) client {
	t.Helper()
	added := b.add(t, "nina", event.RoleAdmin)
	value, err := b.accounts.ResetPassword(t.Context(), b.admin.user.Actor(""), added.user.ID)
	require.NoError(t, err)
	return b.loginWith(t, "nina", value.Reveal())
}

// loopbackJar does what browsers do: loopback counts as secure, so it gets Secure cookies over http.
type loopbackJar struct{ *cookiejar.Jar }

func secure(u *url.URL) *url.URL {
	s := *u
	s.Scheme = "https"
	return &s
}

func (j loopbackJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.Jar.SetCookies(secure(u), cookies)
}

func (j loopbackJar) Cookies(u *url.URL) []*http.Cookie { return j.Jar.Cookies(secure(u)) }

func TestSession_CookiesAreBoundToTheHost(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct {
		name   string
		secure bool
	}{
		"https://overmind.example.com": {"__Host-om", true},
		"http://127.0.0.1:8080":        {"__Host-om", true},
		"http://[::1]:8080":            {"__Host-om", true},
		"http://localhost:8080":        {"__Host-om", true},
		"http://overmind.lan":          {"om", false},
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(o *rest.Options) {
				var err error
				o.ExternalURL, err = url.Parse(address)
				require.NoError(t, err)
			})
			a := b.nobody().do(t, "POST", "/api/v1/auth/login", `{"username":"uma","password":"`+password+`"}`)
			require.Equal(t, http.StatusOK, a.Status, a.Body)
			cookies := (&http.Response{Header: a.Header}).Cookies()
			require.Len(t, cookies, 2)
			access, refresh := cookies[0], cookies[1]
			require.Equal(t, want.name, access.Name)
			require.Equal(t, "/", access.Path)
			require.Empty(t, access.Domain)
			require.Equal(t, http.SameSiteLaxMode, access.SameSite)
			require.Equal(t, "/api/v1/auth", refresh.Path)
			for _, c := range cookies {
				require.True(t, c.HttpOnly)
				require.Equal(t, want.secure, c.Secure)
				require.NotContains(t, a.Body, c.Value)
			}
			require.Equal(t, strings.HasPrefix(address, "https"), a.Header.Get("Strict-Transport-Security") != "")
		})
	}
}

func TestSession_LogoutEndsItAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.login(t, "uma")
	kept := c.cookie(t, "__Host-om")
	require.Equal(t, http.StatusOK, c.get(t, "/api/v1/me").Status)
	require.Equal(t, http.StatusNoContent, c.do(t, "POST", "/api/v1/auth/logout", "").Status)
	c.get(t, "/api/v1/me").refused(t, http.StatusUnauthorized, "sign_in_required")
	stolen := client{b: b, bearer: kept, http: b.http.Client()}
	stolen.get(t, "/api/v1/me").refused(t, http.StatusUnauthorized, "unauthenticated")
}

func TestSession_RefreshGoesOnAndAnOldRefreshEndsIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.login(t, "uma")
	old := c.cookie(t, "__Secure-om-refresh")
	require.Equal(t, http.StatusOK, c.do(t, "POST", "/api/v1/auth/refresh", "").Status)
	require.Equal(t, http.StatusOK, c.get(t, "/api/v1/me").Status)
	b.nobody().do(t, "POST", "/api/v1/auth/refresh", "", "Cookie", "__Secure-om-refresh="+old).
		refused(t, http.StatusUnauthorized, "session_ended")
	require.Equal(t, http.StatusUnauthorized, c.get(t, "/api/v1/me").Status)
	b.nobody().do(t, "POST", "/api/v1/auth/refresh", "").refused(t, http.StatusUnauthorized, "sign_in_required")
}

func TestSession_NewcomerMustChangeThePasswordFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	value, err := b.accounts.ResetPassword(t.Context(), b.admin.user.Actor(""), b.user.user.ID)
	require.NoError(t, err)
	c := b.loginWith(t, "uma", value.Reveal())
	c.get(t, "/api/v1/tickets").refused(t, http.StatusForbidden, "password_change_required")
	c.do(t, "PUT", "/api/v1/me/password", `{"old_password":"wrong","new_password":"another long passphrase"}`).
		problem(t)
	changed := c.do(t, "PUT", "/api/v1/me/password", fmt.Sprintf(`{"old_password":%q,"new_password":"another long passphrase"}`, value.Reveal()))
	require.Equal(t, http.StatusOK, changed.Status, changed.Body)
	require.Equal(t, http.StatusOK, c.get(t, "/api/v1/tickets").Status)
}

func TestSession_SecondCookieOfTheNameIsNotBelieved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	value := b.login(t, "uma").cookie(t, "__Host-om")
	require.Equal(t, http.StatusOK, b.nobody().do(t, "GET", "/api/v1/me", "", "Cookie", "__Host-om="+value).Status)
	b.nobody().do(t, "GET", "/api/v1/me", "", "Cookie", "__Host-om="+value+"; __Host-om=planted").
		refused(t, http.StatusUnauthorized, "sign_in_required")
}

func TestSession_SpoofedAddressesDoNotHelpToGuess(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var last answer
	for i := range 12 {
		last = b.nobody().do(t, "POST", "/api/v1/auth/login", fmt.Sprintf(`{"username":"u%d","password":"guess"}`, i),
			"X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i))
	}
	last.refused(t, http.StatusTooManyRequests, "login_limited")
	require.NotEmpty(t, last.Header.Get("Retry-After"))
}

func TestSession_NothingSecretReachesTheLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.login(t, "uma")
	made := c.do(t, "POST", "/api/v1/tokens", `{"name":"tool"}`)
	require.Equal(t, http.StatusCreated, made.Status, made.Body)
	var token rest.NewToken
	made.into(t, &token)
	require.Equal(t, http.StatusOK, client{b: b, bearer: token.Value, http: b.http.Client()}.get(t, "/api/v1/tickets?q=canary-word").Status)
	c.do(t, "POST", "/api/v1/auth/login", `{"username":"canary-name","password":"canary-password"}`)
	log := b.log.String()
	require.Contains(t, log, "/api/v1/auth/login")
	for _, value := range []string{password, token.Value, c.cookie(t, "__Host-om"), c.cookie(t, "__Secure-om-refresh"),
		"canary-name", "canary-password", "canary-word"} {
		require.NotContains(t, log, value)
	}
}

func (c client) cookie(t *testing.T, name string) string {
	t.Helper()
	at, err := url.Parse(c.b.http.URL + "/api/v1/auth/refresh")
	require.NoError(t, err)
	for _, k := range c.http.Jar.Cookies(at) {
		if k.Name == name {
			return k.Value
		}
	}
	t.Fatalf("no cookie %s", name)
	return ""
}
