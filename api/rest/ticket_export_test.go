package rest_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (c client) exported(t *testing.T, query string) [][]string {
	t.Helper()
	a := c.get(t, "/api/v1/tickets/export"+query)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	require.Contains(t, a.Header.Get("Content-Disposition"), "tickets.csv")
	text, marked := strings.CutPrefix(a.Body, "\ufeff")
	require.True(t, marked, "a spreadsheet would guess the encoding")
	reader := csv.NewReader(strings.NewReader(text))
	reader.FieldsPerRecord = -1
	rows, err := reader.ReadAll()
	require.NoError(t, err)
	require.Equal(t, "number", rows[0][0])
	return rows[1:]
}

func TestExport_HasWhatTheListShowsAndNoFormula(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user.submit(t, `=HYPERLINK(\"http://x\")`)
	b.other.submit(t, "订单, with a comma")
	rows := b.dba.exported(t, "")
	require.Len(t, rows, 2)
	require.Equal(t, "订单, with a comma", rows[0][1])
	require.Equal(t, "otto", rows[0][11])
	require.Equal(t, `'=HYPERLINK("http://x")`, rows[1][1])
	require.Len(t, b.user.exported(t, ""), 1, "a user exports their own")
	require.Len(t, b.dba.exported(t, fmt.Sprintf("?requester_id=%d", b.user.user.ID)), 1)
	require.Empty(t, b.dba.exported(t, "?state=failed"))
	b.dba.get(t, "/api/v1/tickets/export?limit=5").refused(t, http.StatusBadRequest, "invalid_query")
}

func TestExport_EndsAtItsLimitAndSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.user.submit(t, "the first of many")
	_, err := b.db.ExecContext(t.Context(), `INSERT INTO tickets (kind, title, reason, state, version, requester_id, spec, spec_hash,
		source_instance_id, source_database, target_instance_id, target_database, subject_tables, findings, findings_hash, plan, locks,
		review_note, failure, report, submitted_at, updated_at)
		SELECT kind, CONCAT('copy ', seq), reason, state, version, requester_id, spec, spec_hash, source_instance_id, source_database,
		target_instance_id, target_database, subject_tables, findings, findings_hash, plan, locks, review_note, failure, report,
		submitted_at, updated_at FROM tickets, seq_1_to_10050 WHERE id = ?`, made.ID)
	require.NoError(t, err)
	rows := b.dba.exported(t, "")
	require.Len(t, rows, 10_001)
	require.Empty(t, rows[10_000][0])
	require.Contains(t, rows[10_000][1], "Only the first 10000")
}

func TestTickets_FiltersByEndAndNamesRequestersAndReviewers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.db.ExecContext(t.Context(), "UPDATE users SET display_name = 'Uma Ito' WHERE username = 'uma'")
	require.NoError(t, err)
	made := b.user.submit(t, "soon withdrawn")
	require.Equal(t, []string{"dana", "root"}, names(made.Reviewers))
	withdrawn := b.user.do(t, "POST", path(made.ID, "withdraw"), `{"version":1}`)
	require.Equal(t, http.StatusOK, withdrawn.Status, withdrawn.Body)
	ended := func(since time.Time) (titles []string) {
		for _, row := range b.dba.exported(t, "?finished_since="+since.UTC().Format("2006-01-02T15:04:05Z")) {
			titles = append(titles, row[1])
		}
		return titles
	}
	require.Equal(t, []string{"soon withdrawn"}, ended(time.Now().Add(-time.Hour)))
	require.Empty(t, ended(time.Now().Add(time.Hour)))

	var people struct {
		Items []struct{ Name string }
	}
	b.dba.get(t, "/api/v1/tickets/requesters").into(t, &people)
	require.Equal(t, "Uma Ito", people.Items[0].Name)
	b.other.get(t, "/api/v1/tickets/requesters").into(t, &people)
	require.Empty(t, people.Items, "a user hears of nobody else")
	b.dba.get(t, "/api/v1/tickets/reviewers").into(t, &people)
	require.Len(t, people.Items, 1)
	require.Equal(t, "root", people.Items[0].Name)

	require.Contains(t, b.user.get(t, path(made.ID, "history")).Body, `"name":"Uma Ito"`)
}
