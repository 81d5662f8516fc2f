package store_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/job"
	"overmind/pkg/localdb"
	"overmind/pkg/stats"
	"overmind/pkg/ticket"
)

func (b *bench) counting() *stats.Service {
	return stats.New(b.Store, "Asia/Shanghai", time.Now, slog.New(slog.DiscardHandler))
}

// counted numbers what has happened and counts it.
func (b *bench) counted(t *testing.T, s *stats.Service) {
	t.Helper()
	_, _, err := b.NumberEvents(t.Context(), 10_000)
	require.NoError(t, err)
	require.NoError(t, s.CatchUp(t.Context()))
}

// sheets is everything that is counted, as it is stored.
func (b *bench) sheets(t *testing.T) []string {
	t.Helper()
	return texts(t, b.db, `SELECT CONCAT_WS('|', grain, period, kind, source_environment_id, target_environment_id, sums) FROM ticket_sheets
		WHERE sums <> '{}' ORDER BY 1`)
}

func texts(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		list = append(list, text)
	}
	require.NoError(t, rows.Err())
	return list
}

func TestStatistics_CountedStepByStepEqualTheCountOfAllTickets(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, server *localdb.Server) {
		b := setup(t, server)
		counting := b.counting()
		for i := range 40 {
			b.live(t, i)
			if rand.IntN(3) == 0 {
				b.counted(t, counting)
			}
		}
		b.exec(t, `UPDATE instances SET environment_id = 2 WHERE id = 1`)
		b.exec(t, `INSERT INTO events (type, aggregate, subject_id, owner_id, actor_id, actor_name, data, at) VALUES ('instance.updated', 'instance', 1, 0, 0, '', '{}', NOW(6))`)
		b.counted(t, counting)

		stepByStep := b.sheets(t)
		require.NotEmpty(t, stepByStep)
		var told int
		require.NoError(t, counting.Rebuild(t.Context(), func(done, all int) { told = done; require.Equal(t, 40, all) }))
		require.Equal(t, 40, told)
		require.Equal(t, b.sheets(t), stepByStep)

		raw := texts(t, b.db, "SELECT CONCAT(state, ' ', COUNT(*)) FROM tickets GROUP BY state ORDER BY state")
		page, err := counting.Read(t.Context(), stats.Period{}, stats.Scope{})
		require.NoError(t, err)
		require.EqualValues(t, 40, page.Total.Tickets)
		var states []string
		for _, row := range page.States {
			states = append(states, fmt.Sprint(row.Label, " ", row.Tickets))
		}
		require.ElementsMatch(t, raw, states)
		require.Equal(t, "Asia/Shanghai", page.Zone)
		require.Equal(t, b.number(t, "SELECT COALESCE(SUM(moved_rows), 0) FROM ticket_volumes"), page.Total.Rows)
	})
}

// live takes a ticket some way through its life.
func (b *bench) live(t *testing.T, i int) {
	t.Helper()
	switch v := b.submit(t, ann, fmt.Sprintf("ticket %d", i)); i % 5 {
	case 0:
		_, err := b.tickets.Reject(t.Context(), dora, v.ID, v.Version, "no")
		require.NoError(t, err)
	case 1:
		_, err := b.tickets.Approve(t.Context(), dirk, v.ID, approvalOf(v))
		require.NoError(t, err)
		b.execute(t, v.ID, job.Verdict{State: job.Failed, Code: "load_failed", Message: "It broke."})
	case 2:
		_, err := b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(v))
		require.NoError(t, err)
		b.execute(t, v.ID, job.Verdict{State: job.Succeeded, Moved: job.Volume{Rows: int64(i), Bytes: int64(100 * i)}})
	case 3:
		_, err := b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(v))
		require.NoError(t, err)
	}
}

func (b *bench) execute(t *testing.T, ticketID int64, v job.Verdict) {
	t.Helper()
	jobID := b.number(t, "SELECT id FROM jobs WHERE ticket_id = ?", ticketID)
	j := b.mustClaim(t, jobID, "w1")
	require.NoError(t, b.Finish(t.Context(), jobID, j.Fence, v))
}

func TestStatistics_TellTimesReasonsAndPeople(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v, id := b.queued(t, "one")
	b.execute(t, v.ID, job.Verdict{State: job.Failed, Code: "load_failed", Message: "It broke."})
	b.exec(t, "UPDATE tickets SET submitted_at = '2026-03-01 20:00:00', approved_at = '2026-03-01 20:10:00' WHERE id = ?", v.ID)
	b.exec(t, "UPDATE attempts SET started_at = '2026-03-01 20:10:05', finished_at = '2026-03-01 20:12:05' WHERE ticket_id = ?", v.ID)
	require.NotZero(t, id)
	counting := b.counting()
	b.counted(t, counting)

	page, err := counting.Read(t.Context(), stats.Period{From: "2026-03-02", Until: "2026-03-03"}, stats.Scope{SourceEnvironmentID: 1})
	require.NoError(t, err)
	require.EqualValues(t, 1, page.Total.Tickets, "20:00 UTC is the next day in Shanghai")
	require.Len(t, page.Series, 2)
	require.EqualValues(t, 1, page.Series[0].Failed)
	require.Equal(t, "load_failed", page.Failures[0].Label)
	require.Equal(t, "ann", page.Requesters[0].Label)
	require.Equal(t, "dora", page.Reviewers[0].Label)
	require.Equal(t, "production", page.Pairs[0].Label)
	require.Equal(t, "test", page.Pairs[0].ToLabel)
	require.EqualValues(t, 1, page.Hours[4], "Monday, 4 o'clock")
	require.InEpsilon(t, 600, page.Review.P50, 0.05)
	require.InEpsilon(t, 5, page.Queue.P90, 0.05)
	require.InEpsilon(t, 120, page.Run.P95, 0.05)

	elsewhere, err := counting.Read(t.Context(), stats.Period{From: "2026-03-02", Until: "2026-03-03"}, stats.Scope{SourceEnvironmentID: 2})
	require.NoError(t, err)
	require.Zero(t, elsewhere.Total)
}

func TestStatistics_ManyAtItCountOnce(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	for i := range 20 {
		b.submit(t, bob, fmt.Sprintf("ticket %d", i))
	}
	_, _, err := b.NumberEvents(t.Context(), 1000)
	require.NoError(t, err)
	done := make(chan error, 8)
	for range cap(done) {
		go func() { done <- b.counting().CatchUp(t.Context()) }()
	}
	for range cap(done) {
		require.NoError(t, <-done)
	}
	b.counted(t, b.counting())
	page, err := b.counting().Read(t.Context(), stats.Period{}, stats.Scope{})
	require.NoError(t, err)
	require.Equal(t, string(ticket.PendingReview), page.States[0].Label)
	require.EqualValues(t, 20, page.States[0].Tickets)
}
