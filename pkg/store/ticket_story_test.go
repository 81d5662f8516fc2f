package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/job"
	"overmind/pkg/localdb"
	"overmind/pkg/ticket"
)

func TestRunLog_IsNumberedWithinItsAttemptAndFenced(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, server *localdb.Server) {
		b := setup(t, server)
		v, id := b.queued(t, "talks")
		j := b.mustClaim(t, id, "w1")
		line := func(message string) job.Line {
			return job.Line{At: time.Now(), Level: "info", Message: message, Data: json.RawMessage(`{"table":"orders"}`)}
		}
		require.NoError(t, b.Log(t.Context(), id, j.Fence, []job.Line{line("one"), line("two")}))
		require.NoError(t, b.Log(t.Context(), id, j.Fence, []job.Line{line("three"), line(strings.Repeat("x", 900))}))
		requireCode(t, "lease_lost", b.Log(t.Context(), id, j.Fence+1, []job.Line{line("from the dead")}))

		lines, err := b.tickets.Log(t.Context(), ann, v.ID, ticket.LogPlace{Attempt: 1, Line: 1}, 2)
		require.NoError(t, err)
		require.Len(t, lines, 2)
		require.Equal(t, "two", lines[0].Message)
		require.Equal(t, ticket.LogPlace{Attempt: 1, Line: 3}, lines[1].LogPlace)
		require.JSONEq(t, `{"table":"orders"}`, string(lines[1].Data))
		_, err = b.tickets.Log(t.Context(), bob, v.ID, ticket.LogPlace{}, 9)
		requireCode(t, "ticket_not_found", err)
	})
}

func TestRunLog_HasALimit(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	_, id := b.queued(t, "talks too much")
	j := b.mustClaim(t, id, "w1")
	lines := make([]job.Line, 3000)
	for i := range lines {
		lines[i] = job.Line{At: time.Now(), Level: "warn", Message: "again"}
	}
	for range 2 {
		require.NoError(t, b.Log(t.Context(), id, j.Fence, lines))
	}
	require.EqualValues(t, 5000, b.number(t, "SELECT COUNT(*) FROM job_log"))
}

func TestAskedFindings_StayThoseOfTheLastEdit(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	note := func(code string) ticket.Finding { return ticket.Finding{Level: "note", Code: code} }
	b.kind.findings = []ticket.Finding{note("first"), note("stays")}
	v := b.submit(t, ann, "watched")
	b.kind.findings = []ticket.Finding{note("stays"), note("came")}
	v, err := b.tickets.Recheck(t.Context(), ann, v.ID)
	require.NoError(t, err)
	fresh, gone := v.Preflight.Since(v.Asked)
	require.Equal(t, map[int]bool{1: true}, fresh)
	require.Equal(t, "first", gone[0].Code)

	v, err = b.tickets.Edit(t.Context(), ann, v.ID, v.Version, draft("edited"))
	require.NoError(t, err)
	fresh, gone = v.Preflight.Since(v.Asked)
	require.Empty(t, fresh)
	require.Empty(t, gone)
}
