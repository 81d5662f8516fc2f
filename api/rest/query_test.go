package rest

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
)

func queryOf(raw string) *query {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = &http.Request{URL: &url.URL{RawQuery: raw}}
	return newQuery(c)
}

func TestQuery_ReadsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	q := queryOf("q=%E8%AE%A2%E5%8D%95&id=7&limit=200&sort=id&state=queued&state=running&since=2026-01-02T15:04:05%2B08:00")
	require.Equal(t, "订单", q.text("q"))
	require.EqualValues(t, 7, q.id("id"))
	require.Equal(t, 200, q.limit())
	require.Equal(t, "id", q.oneOf("sort", "-id", "id"))
	require.Equal(t, []string{"queued", "running"}, q.list("state", ticketStates))
	require.Equal(t, time.Date(2026, 1, 2, 7, 4, 5, 0, time.UTC), q.time("since"))
	require.NoError(t, q.err())
}

func TestQuery_RefusesAndNamesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for raw, field := range map[string]string{
		"limit=0": "limit", "limit=-1": "limit", "limit=1000000000": "limit", "limit=201": "limit", "limit=1e2": "limit",
		"sort=id%20desc,(select%20sleep(5))": "sort", "sort=creator_id)--": "sort", "order=id": "order",
		"state=approved": "state", "id=01": "id", "id=%EF%BC%91": "id", "since=2026-02-30T00:00:00Z": "since",
		"since=2026-01-02T15:04:05": "since", "q=a&q=b": "q", "a;b": "",
	} {
		q := queryOf(raw)
		q.limit()
		q.oneOf("sort", "-id", "id")
		q.list("state", ticketStates)
		q.id("id")
		q.time("since")
		q.text("q")
		err := q.err()
		require.Truef(t, fault.Is(err, "invalid_query"), "%s: %v", raw, err)
		require.Equal(t, field, fault.As(err).Fields[0].Name, raw)
	}
}

func TestCursor_WorksOnlyForItsListAndItsHour(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := cursors{key: bytes.Repeat([]byte{1}, 32), now: func() time.Time { return now }}
	list := scope(1, "/tickets", url.Values{"q": {"shop"}, "limit": {"50"}})
	cursor := c.encode(list, 42)

	after, ok := c.decode(scope(1, "/tickets", url.Values{"q": {"shop"}, "limit": {"10"}, "cursor": {cursor}}), cursor)
	require.True(t, ok, "limit and position are not part of the list")
	require.EqualValues(t, 42, after)

	for name, other := range map[string]string{
		"user": scope(2, "/tickets", url.Values{"q": {"shop"}}), "route": scope(1, "/audit", url.Values{"q": {"shop"}}),
		"filter": scope(1, "/tickets", url.Values{"q": {"other"}}), "no filter": scope(1, "/tickets", nil),
	} {
		_, ok := c.decode(other, cursor)
		require.False(t, ok, name)
	}
	for i := range cursor {
		edited := []byte(cursor)
		edited[i] ^= 1
		_, ok := c.decode(list, string(edited))
		require.False(t, ok, i)
	}
	now = now.Add(cursorLife + time.Second)
	_, ok = c.decode(list, cursor)
	require.False(t, ok, "too old")
}
