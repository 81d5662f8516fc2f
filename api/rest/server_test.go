package rest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/api/rest"
)

const strictCSP = "default-src 'self'; script-src 'self'; style-src 'self'"

func TestServer_DatabaseGoneIsA500ThatTellsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, b.store.Close())
	a := b.user.get(t, "/api/v1/tickets")
	a.refused(t, http.StatusInternalServerError, "internal")
	p := a.problem(t)
	require.NotContains(t, a.Body, "sql")
	require.Contains(t, b.log.String(), p.RequestID)
	require.Contains(t, b.log.String(), "database is closed")
	ready := b.nobody().get(t, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, ready.Status)
	require.Contains(t, ready.Body, `"database":"failing"`)
	require.Equal(t, http.StatusOK, b.nobody().get(t, "/healthz").Status)
}

// panicking has no tickets at all.
type panicking struct{ rest.Tickets }

func TestServer_PanicIsA500LikeEveryOther(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *rest.Options) { o.Tickets = panicking{} })
	a := b.user.get(t, "/api/v1/tickets")
	a.refused(t, http.StatusInternalServerError, "internal")
	require.NotContains(t, a.Body, "nil pointer")
	require.Contains(t, b.log.String(), "nil pointer")
}

func TestServer_DrainingIsNotReady(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, http.StatusOK, b.nobody().get(t, "/readyz").Status)
	b.server.Drain()
	a := b.nobody().get(t, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, a.Status)
	require.Contains(t, a.Body, `"status":"draining"`)
}

func TestServer_ServesTheApplicationForEveryPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/", "/index.html", "/tickets/7", "/tickets/7/../8", "/healthz/x"} {
		a := b.nobody().get(t, path)
		require.Equal(t, http.StatusOK, a.Status, path)
		require.Equal(t, "text/html; charset=utf-8", a.Header.Get("Content-Type"), path)
		require.Contains(t, a.Body, "<title>Overmind</title>", path)
		require.True(t, strings.HasPrefix(a.Header.Get("Content-Security-Policy"), strictCSP), path)
		require.Contains(t, a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
		require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
		require.Empty(t, a.Header.Get("Access-Control-Allow-Origin"))
	}
	for _, path := range []string{"/api", "/api/v1/nothing", "/assets/missing.js", "/swagger/other.html", "/swagger/a/index.html"} {
		b.nobody().get(t, path).refused(t, http.StatusNotFound, "no_such_route")
	}
	b.nobody().do(t, "POST", "/tickets/7", `{}`).refused(t, http.StatusNotFound, "no_such_route")
	b.nobody().do(t, "DELETE", "/version", "").refused(t, http.StatusMethodNotAllowed, "method_not_allowed")
}

func TestServer_PathsLeadNowhereElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, raw := range []string{"/..%2f..%2fgo.mod", "/%5c..%5c..%5cgo.mod", "/assets/%2e%2e/%2e%2e/embed.go", "/..%00/embed.go", "/....//embed.go",
		"/assets/..%5c..%5cembed.go", "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/.git/config", "/embed.go"} {
		r := b.nobody().request(t, "GET", "/", "")
		r.URL.Opaque = "//" + r.URL.Host + raw
		a := b.nobody().send(t, r)
		require.NotContains(t, a.Body, "package ", raw)
		require.NotContains(t, a.Body, "root:", raw)
		require.NotContains(t, a.Body, "module ", raw)
	}
}

func TestServer_SwaggerHasItsOwnPolicyAndStaysInPlace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.nobody().get(t, "/swagger/swagger-ui.css?x=/swagger/elsewhere/index.html")
	page := b.nobody().get(t, "/swagger/index.html")
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Body, "swagger-ui-bundle.js")
	require.Contains(t, page.Header.Get("Content-Security-Policy"), "script-src 'self'; style-src 'self' 'unsafe-inline'")
	require.Contains(t, b.nobody().get(t, "/swagger/swagger-initializer.js").Body, `"/openapi.json"`)
	for _, file := range []string{"swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "index.css", "favicon-32x32.png"} {
		a := b.nobody().get(t, "/swagger/"+file)
		require.Equal(t, http.StatusOK, a.Status, file)
		require.NotEmpty(t, a.Body, file)
	}
}

func TestServer_RequestIDIsKeptWhereItIsHarmless(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, "trace-7", b.nobody().do(t, "GET", "/version", "", "X-Request-Id", "trace-7").Header.Get("X-Request-Id"))
	made := b.nobody().do(t, "GET", "/version", "", "X-Request-Id", `"},{"level":"forged`).Header.Get("X-Request-Id")
	require.NotContains(t, made, "forged")
	require.NotEmpty(t, made)
}

func TestServer_MetricsNameRoutesAndNotPaths(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.user.submit(t, "Count me")
	b.user.get(t, path(made.ID))
	a := b.admin.get(t, "/metrics")
	require.Contains(t, a.Body, `route="/api/v1/tickets/:id",status="200"`)
	require.NotContains(t, a.Body, path(made.ID))
}

func TestNew_RefusesWhatWouldBeUnsafe(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*rest.Options){
		"no service":        func(o *rest.Options) { o.Tickets = nil },
		"short key":         func(o *rest.Options) { o.CursorKey = []byte("short") },
		"no address":        func(o *rest.Options) { o.ExternalURL = nil },
		"strange address":   func(o *rest.Options) { o.ExternalURL = &url.URL{Scheme: "ftp", Host: "x"} },
		"proxy of nonsense": func(o *rest.Options) { o.TrustedProxies = []string{"everyone"} },
	} {
		o := options(t)
		change(&o)
		_, err := rest.New(o)
		require.Error(t, err, name)
	}
	_, err := rest.New(options(t))
	require.NoError(t, err)
}
