package rest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/api/rest"
	"overmind/docs/openapi"
)

var document = sync.OnceValues(func() (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(openapi.Document)
	if err != nil {
		return nil, err
	}
	no := false
	for _, schema := range doc.Components.Schemas { // an answer may have no field that is not documented
		if len(schema.Value.Properties) > 0 {
			schema.Value.AdditionalProperties.Has = &no
		}
		for _, property := range schema.Value.Properties {
			if len(property.Value.OneOf) > 0 { // the forms of the program's kinds; the tests have a kind of their own
				property.Value.OneOf = nil
			}
		}
	}
	return doc, doc.Validate(loader.Context)
})

var router = sync.OnceValues(func() (routers.Router, error) {
	doc, err := document()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// contract holds every answer of next to the document, and every request that next accepted.
func contract(t *testing.T, next http.Handler) http.Handler {
	find, err := router()
	require.NoError(t, err)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route, params, err := find.FindRoute(r)
		if err != nil || route.Path == "/api/v1/stream" || (route.Path == "/swagger/{file}" && params["file"] != "index.html") {
			next.ServeHTTP(w, r) // the web application and its files; streams are read by their own tests
			return
		}
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
		recorder := &recorder{ResponseWriter: w, status: http.StatusOK}
		request := r.Clone(context.WithoutCancel(r.Context()))
		next.ServeHTTP(recorder, r)

		request.Body = io.NopCloser(bytes.NewReader(body))
		input := &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
		if recorder.status < 300 {
			assert.NoErrorf(t, openapi3filter.ValidateRequest(request.Context(), input), "accepted, but not documented: %s %s", r.Method, r.URL)
		}
		err = openapi3filter.ValidateResponse(request.Context(), &openapi3filter.ResponseValidationInput{RequestValidationInput: input,
			Status: recorder.status, Header: w.Header(), Body: io.NopCloser(&recorder.body), Options: &openapi3filter.Options{
				IncludeResponseStatus: true, ExcludeResponseBody: strings.HasPrefix(w.Header().Get("Content-Type"), "text/")}})
		assert.NoErrorf(t, err, "%s %s answers %d as not documented", r.Method, r.URL, recorder.status)
	})
}

type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// failing repeats what reading a body ended with.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

var parameter = regexp.MustCompile(`:(\w+)`)

func TestContract_RoutesAndDocumentAgreeBothWays(t *testing.T) {
	t.Parallel()
	doc, err := document()
	require.NoError(t, err)
	var documented, mounted, written []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	for _, r := range setup(t).server.Mounted() {
		mounted = append(mounted, r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}"))
	}
	for _, p := range rest.Policies() {
		require.NotEqualf(t, "nobody", p.Allow, "%s %s has no permission", p.Method, p.Path)
		written = append(written, p.Method+" "+parameter.ReplaceAllString(p.Path, "{$1}"))
	}
	slices.Sort(documented)
	slices.Sort(mounted)
	slices.Sort(written)
	require.Equal(t, mounted, documented)
	require.Equal(t, mounted, written, "a route bypasses the routes page")
}

func TestContract_SecurityOfTheDocumentIsThatOfTheRoutesPage(t *testing.T) {
	t.Parallel()
	doc, err := document()
	require.NoError(t, err)
	for _, p := range rest.Policies() {
		operation := doc.Paths.Find(parameter.ReplaceAllString(p.Path, "{$1}")).GetOperation(p.Method)
		secured := operation.Security != nil && len(*operation.Security) > 0
		require.Equal(t, p.Allow != "public", secured, "%s %s", p.Method, p.Path)
	}
}
