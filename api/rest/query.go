package rest

import (
	"math"

	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/fault"
)

const (
	defaultLimit = 50
	maxLimit     = 200
	maxQueryText = 200
)

// query reads URL parameters and collects what is wrong with them. A parameter that no method asked for is unknown,
// so a handler's reads are its allow-list; Err is called last.
type query struct {
	values url.Values
	read   map[string]bool
	bad    []fault.Field
}

func newQuery(c *gin.Context) *query {
	q := &query{read: map[string]bool{}}
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		q.fail("", "malformed", "The query string is not valid.")
	}
	q.values = values
	return q
}

func (q *query) fail(name, code, message string) {
	q.bad = append(q.bad, fault.Field{Name: name, Code: code, Message: message})
}

// text returns the one value of a parameter, "" when absent.
func (q *query) text(name string) string {
	q.read[name] = true
	switch values := q.values[name]; {
	case len(values) == 0:
		return ""
	case len(values) > 1:
		q.fail(name, "repeated", "This parameter may be given once.")
		return ""
	case len(values[0]) > maxQueryText*4 || len([]rune(values[0])) > maxQueryText:
		q.fail(name, "too_long", "This parameter is too long.")
		return ""
	default:
		return values[0]
	}
}

// oneOf returns a parameter that must be one of allowed; absent gives allowed[0].
func (q *query) oneOf(name string, allowed ...string) string {
	s := q.text(name)
	if s == "" {
		return allowed[0]
	}
	if !slices.Contains(allowed, s) {
		q.fail(name, "not_allowed", "Use one of: "+strings.Join(allowed, ", ")+".")
	}
	return s
}

// list returns the values of a parameter given several times, each one of allowed.
func (q *query) list(name string, allowed []string) []string {
	q.read[name] = true
	for _, v := range q.values[name] {
		if !slices.Contains(allowed, v) {
			q.fail(name, "not_allowed", "Use one of: "+strings.Join(allowed, ", ")+".")
			return nil
		}
	}
	return q.values[name]
}

// id returns a positive id, 0 when absent.
func (q *query) id(name string) int64 {
	s := q.text(name)
	if s == "" {
		return 0
	}
	id, ok := parseID(s)
	if !ok {
		q.fail(name, "bad_id", "An id is a positive whole number.")
	}
	return id
}

// time returns an RFC 3339 time with its zone, zero when absent.
func (q *query) time(name string) time.Time {
	s := q.text(name)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		q.fail(name, "bad_time", "Use RFC 3339 with a zone, such as 2026-01-02T15:04:05Z.")
	}
	return t.UTC()
}

// limit returns the page size, 1 to 200.
func (q *query) limit() int {
	s := q.text("limit")
	if s == "" {
		return defaultLimit
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxLimit {
		q.fail("limit", "out_of_range", "A page has 1 to "+strconv.Itoa(maxLimit)+" rows.")
		return defaultLimit
	}
	return n
}

// err returns everything that is wrong with the query as one fault.
func (q *query) err() error {
	for name := range q.values {
		if !q.read[name] {
			q.fail(name, "unknown_parameter", "This parameter does not exist.")
		}
	}
	if len(q.bad) == 0 {
		return nil
	}
	slices.SortFunc(q.bad, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return &fault.Error{Kind: fault.Malformed, Code: "invalid_query",
		Message: "Some query parameters are not valid.", Fields: q.bad}
}

// noQuery refuses every parameter; routes that take none use it so that a mistyped filter is not silently ignored.
func noQuery(c *gin.Context) error {
	if c.Request.URL.RawQuery == "" || c.Request.Method != http.MethodGet {
		return nil
	}
	return newQuery(c).err()
}

// idAndVersion reads what a deletion names: the row, and the version that was looked at.
func idAndVersion(c *gin.Context) (id int64, version int, err error) {
	if id, err = pathID(c, "id"); err != nil {
		return 0, 0, err
	}
	q := newQuery(c)
	seen := q.id("version")
	if len(q.bad) == 0 && (seen == 0 || seen > math.MaxInt32) {
		q.fail("version", "required", "Name the version that you saw.")
	}
	return id, int(seen), q.err()
}
