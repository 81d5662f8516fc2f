package rest

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
)

type sample struct {
	Title   string            `json:"title" binding:"required"`
	Version int               `json:"version" binding:"required,min=1"`
	Labels  map[string]string `json:"labels,omitempty"`
}

func decodeSample(body, contentType, encoding string) (sample, error) {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	c.Request.Header.Set("Content-Type", contentType)
	if encoding != "" {
		c.Request.Header.Set("Content-Encoding", encoding)
	}
	var v sample
	err := decode(c, maxBody, &v)
	return v, err
}

func TestDecode_AcceptsTheDocumentedForm(t *testing.T) {
	t.Parallel()
	v, err := decodeSample(`{"title":"订单 🚀","version":3,"labels":{"env":"a","team":"b"}}`+"\n", "application/json; charset=utf-8", "")
	require.NoError(t, err)
	require.Equal(t, sample{Title: "订单 🚀", Version: 3, Labels: map[string]string{"env": "a", "team": "b"}}, v)
}

func TestDecode_RefusesEverythingElse(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"labels":`, 10_000) + "1" + strings.Repeat("}", 10_000)
	for name, bad := range map[string]struct{ body, code string }{
		"nothing":                   {``, "malformed_body"},
		"half":                      {`{"title":"a"`, "malformed_body"},
		"not JSON":                  {`title=a`, "malformed_body"},
		"NaN":                       {`{"title":"a","version":NaN}`, "malformed_body"},
		"array":                     {`[1]`, "invalid_request"},
		"trailing data":             {`{"title":"a","version":1}{}`, "malformed_body"},
		"trailing word":             {`{"title":"a","version":1} x`, "malformed_body"},
		"same key twice":            {`{"title":"a","title":"b","version":1}`, "malformed_body"},
		"same key, other case":      {`{"title":"a","TITLE":"b","version":1}`, "malformed_body"},
		"same key, folded":          {`{"version":1,"ver\u017fion":2,"title":"a"}`, "malformed_body"},
		"same key deeper":           {`{"title":"a","version":1,"labels":{"x":"1","x":"2"}}`, "malformed_body"},
		"too deep":                  {deep, "malformed_body"},
		"unknown field":             {`{"title":"a","version":1,"state":"approved"}`, "invalid_request"},
		"wrong type":                {`{"title":7,"version":1}`, "invalid_request"},
		"fraction":                  {`{"title":"a","version":1.0}`, "invalid_request"},
		"exponent":                  {`{"title":"a","version":1e3}`, "invalid_request"},
		"number of a million signs": {`{"title":"a","version":` + strings.Repeat("1", 1_000_000) + `}`, "invalid_request"},
		"missing field":             {`{"version":1}`, "invalid_request"},
		"out of range":              {`{"title":"a","version":-1}`, "invalid_request"},
		"not UTF-8":                 {"{\"title\":\"\xff\",\"version\":1}", "malformed_body"},
		"null":                      {`null`, "invalid_request"},
		"too large":                 {`{"title":"` + strings.Repeat("a", maxBody) + `","version":1}`, "body_too_large"},
	} {
		_, err := decodeSample(bad.body, "application/json", "")
		require.Truef(t, fault.Is(err, bad.code), "%s: %v", name, err)
	}
}

func TestDecode_NamesTheFieldAndNeverItsValue(t *testing.T) {
	t.Parallel()
	for body, field := range map[string]string{
		`{"title":{"secret":1},"version":1}`:             "title",
		`{"title":"a","version":"secret"}`:               "version",
		`{"title":"a","version":1,"owner":"secret"}`:     "owner",
		`{"title":"a","version":1,"labels":{"x":["s"]}}`: "labels",
		`{"title":"a"}`: "version",
	} {
		_, err := decodeSample(body, "application/json", "")
		f := fault.As(err)
		require.Len(t, f.Fields, 1, body)
		require.Equal(t, field, f.Fields[0].Name)
		require.NotContains(t, f.Message+f.Fields[0].Message, "secret")
	}
}

func TestDecode_RefusesOtherMedia(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(bytes.Repeat([]byte("a"), 1<<20))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for _, bad := range [][3]string{{`{}`, "", ""}, {`{}`, "text/plain", ""}, {`{}`, "application/x-www-form-urlencoded", ""},
		{`{}`, "application/json;;", ""}, {packed.String(), "application/json", "gzip"}} {
		_, err := decodeSample(bad[0], bad[1], bad[2])
		require.True(t, fault.Is(err, "unsupported_media_type"), bad[1])
	}
}

func TestParseID_HasOneSpelling(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "0", "-1", "+1", "01", "1 ", " 1", "1.0", "1e3", "1 OR 1=1", "1\x00", "１", "9223372036854775808", "0x1"} {
		_, ok := parseID(bad)
		require.False(t, ok, bad)
	}
	id, ok := parseID("9223372036854775807")
	require.True(t, ok)
	require.EqualValues(t, 9223372036854775807, id)
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"title":"a","version":1,"labels":{"a":"b"}}`)
	f.Add(`{"title":[{"a":[1,2,{"b":null}]}],"version":-0.1e9}`)
	f.Fuzz(func(t *testing.T, body string) {
		v, err := decodeSample(body, "application/json", "")
		if err == nil && (v.Title == "" || v.Version < 1) {
			t.Fatalf("accepted without its required fields: %q", body)
		}
		if err != nil && fault.As(err).Kind != fault.Malformed && fault.As(err).Kind != fault.TooLarge {
			t.Fatalf("not the caller's fault: %v", err)
		}
	})
}
