package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/api/rest"
	"overmind/pkg/testkit"
)

func TestStatistics_AreTheSameByAPIDownloadAndMetrics(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user.submit(t, "one")
	b.user.submit(t, "two")
	var told rest.Statistics
	testkit.Eventually(t, 60*time.Second, "both tickets are counted", func() bool {
		require.NoError(t, b.stats.CatchUp(t.Context()))
		b.dba.get(t, "/api/v1/statistics").into(t, &told)
		return told.Total.Tickets == 2
	})
	require.Len(t, told.Series, 30)
	require.Equal(t, []rest.StatisticsRow{{Label: "pending_review", Tickets: 2}}, told.States)
	require.Equal(t, "uma", told.Requesters[0].Label)

	csv := b.dba.get(t, "/api/v1/statistics/csv?table=states")
	require.Equal(t, "text/csv; charset=utf-8", csv.Header.Get("Content-Type"))
	require.Contains(t, csv.Header.Get("Content-Disposition"), "tickets-states-"+told.From)
	require.Equal(t, "\ufeffid,label,to_id,to_label,tickets,succeeded,failed,rows,bytes,review_seconds\r\n0,pending_review,0,,2,0,0,0,0,0\r\n", csv.Body)

	hours := b.dba.get(t, "/api/v1/statistics/csv?table=hours").Body
	require.Equal(t, 169, strings.Count(hours, "\n"))
	require.Contains(t, hours, ",2\r\n")
	require.Contains(t, b.admin.get(t, "/metrics").Body, `overmind_tickets{state="pending_review"} 2`)
}

func TestStatistics_RefuseWhatTheyDoNotKnow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.dba.get(t, "/api/v1/statistics?from=yesterday").refused(t, http.StatusUnprocessableEntity, "bad_period")
	b.dba.get(t, "/api/v1/statistics?sort=asc").refused(t, http.StatusBadRequest, "invalid_query")
	b.dba.get(t, "/api/v1/statistics/csv?table=users").refused(t, http.StatusBadRequest, "invalid_query")
}
