package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/api/rest"
)

// guardCodes are the answers of the guard; any other answer means that the request reached its handler.
var guardCodes = []string{"sign_in_required", "not_allowed", "session_required", "password_change_required", "cross_origin",
	"bad_authorization", "unauthenticated"}

// verdict sends the least that is well-formed and returns the guard's code, "" when the guard let it through.
func (c client) verdict(t *testing.T, p rest.Policy, headers ...string) string {
	t.Helper()
	path := strings.NewReplacer(":id", "999999", ":file", "index.html").Replace(p.Path)
	body := ""
	if p.Method != http.MethodGet {
		body = `{}`
	}
	r := c.request(t, p.Method, path, body, headers...)
	response, err := c.http.Do(r)
	require.NoError(t, err)
	if response.Header.Get("Content-Type") != "application/problem+json" {
		_ = response.Body.Close() // a stream would not end
		return ""
	}
	_ = response.Body.Close()
	a := c.send(t, c.request(t, p.Method, path, body, headers...))
	if code := a.problem(t).Code; slices.Contains(guardCodes, code) {
		return code
	}
	return ""
}

func TestPermissions_EveryRouteForEveryIdentity(t *testing.T) {
	t.Parallel()
	b := setup(t)
	login := b.login(t, "dana")
	expected := map[string]map[string]string{ // by permission, by identity
		"public":      {},
		"scraper":     {"nobody": "sign_in_required", "user": "not_allowed", "newcomer": "password_change_required"},
		"settling":    {"nobody": "sign_in_required"},
		"ownPassword": {"nobody": "sign_in_required", "user": "session_required", "dba": "session_required", "admin": "session_required"},
		"signedIn":    {"nobody": "sign_in_required", "newcomer": "password_change_required"},
		"session": {"nobody": "sign_in_required", "newcomer": "password_change_required", "user": "session_required",
			"dba": "session_required", "admin": "session_required"},
		"dba": {"nobody": "sign_in_required", "newcomer": "password_change_required", "user": "not_allowed"},
		"admin": {"nobody": "sign_in_required", "newcomer": "password_change_required", "user": "not_allowed", "dba": "not_allowed",
			"session": "not_allowed"},
	}
	identities := map[string]client{"nobody": b.nobody(), "user": b.user, "dba": b.dba, "admin": b.admin, "newcomer": b.newcomer(t)}
	for _, p := range rest.Policies() {
		if p.Path == "/api/v1/auth/refresh" || p.Path == "/api/v1/auth/logout" {
			continue // these two are about the credential itself; TestSession has them
		}
		for name, who := range identities {
			assert.Equal(t, expected[p.Allow][name], who.verdict(t, p), "%s %s as %s", p.Method, p.Path, name)
		}
		if p.Allow == "session" || p.Allow == "dba" || p.Allow == "admin" {
			assert.Equal(t, expected[p.Allow]["session"], login.verdict(t, p), "%s %s with a DBA's session", p.Method, p.Path)
		}
	}
}

func TestPermissions_MetricsTokenReadsMetricsAndNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	scraper := client{b: b, bearer: metricsToken, http: b.http.Client()}
	a := scraper.get(t, "/metrics")
	require.Equal(t, http.StatusOK, a.Status)
	require.Contains(t, a.Body, "overmind_http_requests_open")
	scraper.get(t, "/api/v1/me").refused(t, http.StatusUnauthorized, "unauthenticated")
}

func TestPermissions_OtherSpellingsOfARouteOpenNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"//api/v1/users", "/API/v1/users", "/api/v1/users/", "/api/v1/%2e%2e/v1/users", "/api/v1/users;x",
		"/api/v1/users?x=/api/v1/auth/login", "/api/v1/Users"} {
		a := b.user.do(t, "GET", path, "", "Upgrade", "websocket", "X-HTTP-Method-Override", "POST")
		p := a.problem(t)
		require.Contains(t, []string{"not_allowed", "no_such_route"}, p.Code, path)
	}
}

func TestPermissions_CookieWritesOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	session := b.login(t, "root")
	for _, p := range rest.Policies() {
		if p.Method == http.MethodGet {
			continue
		}
		for _, foreign := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
			{"Sec-Fetch-Site", "same-site", "Origin", "http://evil.127.0.0.1:8080"}} {
			assert.Equal(t, "cross_origin", session.verdict(t, p, foreign...), "%s %s %v", p.Method, p.Path, foreign)
		}
	}
	ours := session.do(t, "POST", "/api/v1/tokens", `{"name":"ours"}`, "Origin", "http://127.0.0.1:8080", "Sec-Fetch-Site", "same-origin")
	require.Equal(t, http.StatusCreated, ours.Status, ours.Body)
	tool := b.dba.do(t, "POST", "/api/v1/tickets/999/retry", `{}`, "Origin", "https://evil.example")
	tool.refused(t, http.StatusNotFound, "ticket_not_found")
}

func TestPermissions_BadCredentialsAreRefusedAlike(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, header := range map[string]string{
		"basic": "Basic cm9vdDpyb290", "empty": "Bearer ", "word": "Bearer x", "alg none": "Bearer eyJhbGciOiJub25lIn0.e30.",
		"dots": "Bearer " + strings.Repeat(".", 8<<10), "token of another installation": "Bearer om_pat_" + strings.Repeat("A", 40),
	} {
		a := b.nobody().do(t, "GET", "/api/v1/me", "", "Authorization", header)
		require.Equal(t, http.StatusUnauthorized, a.Status, name)
		require.Equal(t, "Bearer", a.Header.Get("WWW-Authenticate"), name)
	}
	r := b.user.request(t, "GET", "/api/v1/me", "")
	r.Header.Add("Authorization", "Bearer "+b.admin.bearer)
	b.user.send(t, r).refused(t, http.StatusUnauthorized, "bad_authorization")
}

func TestPermissions_RefusedAttemptsAreWrittenDown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.user.submit(t, "Mine")
	b.user.do(t, "POST", path(made.ID, "approve"), approval(made)).refused(t, http.StatusForbidden, "not_allowed")
	b.user.do(t, "PUT", "/api/v1/me/password", `{"old_password":"a guess","new_password":"another long passphrase"}`).
		refused(t, http.StatusForbidden, "session_required")
	b.user.get(t, "/api/v1/audit").refused(t, http.StatusForbidden, "not_allowed") // reading is not worth a row
	for query, code := range map[string]string{
		fmt.Sprintf("ticket.refused&subject_id=%d", made.ID):      "POST /api/v1/tickets/:id/approve not_allowed",
		fmt.Sprintf("user.refused&subject_id=%d", b.user.user.ID): "PUT /api/v1/me/password session_required",
	} {
		var trail rest.AuditPage
		b.dba.get(t, "/api/v1/audit?action="+query).into(t, &trail)
		require.Len(t, trail.Items, 1, query)
		require.Equal(t, "uma", trail.Items[0].Actor.Name)
		var after struct{ Route, Code string }
		require.NoError(t, json.Unmarshal(trail.Items[0].After, &after))
		require.Equal(t, code, after.Route+" "+after.Code)
		download := b.dba.get(t, "/api/v1/audit/csv?action="+query)
		require.Equal(t, 2, strings.Count(download.Body, "\n"), "the names of the columns and one row")
		require.Contains(t, download.Body, trail.Items[0].Hash)
	}
}
