package store_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
	"overmind/pkg/job"
	"overmind/pkg/ticket"
)

// succeeded is a ticket whose swap touched these names; what it replaced is kept.
func (b *bench) succeeded(t *testing.T, title string, names ...string) (ticketID, jobID int64) {
	t.Helper()
	v, id := b.queued(t, title)
	j := b.mustClaim(t, id, "w1")
	require.Nil(t, j.Undo)
	require.NoError(t, b.Commit(t.Context(), id, j.Fence, json.RawMessage(`{"intent":"`+title+`"}`)))
	require.NoError(t, b.Finish(t.Context(), id, j.Fence, job.Verdict{State: job.Succeeded, Report: json.RawMessage(`{"rows":1}`), Kept: &job.Kept{
		InstanceID: 2, Fingerprint: "T", Schema: "_om_aaaaaaaa_1_old", Database: "orders_test", Names: names, Digest: "d"}}))
	return v.ID, id
}

func (b *bench) undo(t *testing.T, ticketID int64) {
	t.Helper()
	v, err := b.tickets.Undo(t.Context(), dora, ticketID)
	require.NoError(t, err)
	require.Equal(t, ticket.Undoing, v.State)
}

func (b *bench) mayUndo(t *testing.T, ticketID int64) string {
	t.Helper()
	for _, a := range b.get(t, ticketID).Actions {
		if a.Name == ticket.ActionUndo && !a.Allowed {
			return a.Code
		}
	}
	return "yes"
}

func TestUndo_RunsAsAJobUnderTheTargetsLock(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	id, jobID := b.succeeded(t, "first", "table a")
	before := b.get(t, id)
	require.WithinDuration(t, time.Now().Add(24*time.Hour), before.Undo.Until, time.Minute)
	require.Equal(t, "yes", b.mayUndo(t, id))

	b.undo(t, id)
	_, nextJob := b.queued(t, "next")
	_, claimed := b.claim(t, nextJob, "w2")
	require.False(t, claimed, "the target is taken before a worker has the undo")
	b.exec(t, "UPDATE kept_schemas SET due_at = NOW(6) - INTERVAL 1 SECOND")
	_, ok, err := b.ExpiredKept(t.Context(), "dropper", time.Minute)
	require.NoError(t, err)
	require.False(t, ok, "what is being put back is not dropped")

	j := b.mustClaim(t, jobID, "w1")
	require.Equal(t, &job.Swap{Intent: json.RawMessage(`{"intent":"first"}`), Digest: "d"}, j.Undo)
	require.Equal(t, 2, j.Attempt)
	requireCode(t, "wrong_state", cancelError(b, t, id))
	require.NoError(t, b.Finish(t.Context(), jobID, j.Fence, job.Verdict{State: job.Succeeded, Kept: &job.Kept{Schema: "_om_bbbbbbbb_2"}}))

	after := b.get(t, id)
	require.Equal(t, ticket.Undone, after.State)
	require.JSONEq(t, `{"rows":1}`, string(after.Report), "the evidence of the copy stays")
	require.Equal(t, before.FinishedAt, after.FinishedAt)
	require.Equal(t, []string{"submitted", "approved", "started", "succeeded", "undo_requested", "undo_started", "undone"}, b.happened(t, id))
	require.EqualValues(t, 8, b.number(t, "SELECT COUNT(*) FROM audit WHERE aggregate = 'ticket' AND subject_id = ?", id), "one a change, and one for the refused cancel")
	x, ok, err := b.ExpiredKept(t.Context(), "dropper", time.Minute)
	require.NoError(t, err)
	require.True(t, ok, "the copy's tables are dropped at once")
	require.Equal(t, "_om_bbbbbbbb_2", x.Kept.Schema)
	require.NoError(t, b.FinishKept(t.Context(), x.ID, "dropper", ""))
	b.mustClaim(t, nextJob, "w2")
	require.Zero(t, b.number(t, "SELECT (SELECT COUNT(*) FROM swaps) + (SELECT COUNT(*) FROM swap_names)"))
}

func cancelError(b *bench, t *testing.T, id int64) error {
	_, err := b.tickets.Cancel(t.Context(), dora, id)
	return err
}

func TestUndo_OnlyTheNewestSwapOfEveryName(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	first, _ := b.succeeded(t, "first", "table a", "table B")
	other, _ := b.succeeded(t, "other", "table c")
	second, jobID := b.succeeded(t, "second", "table b", "view v")
	_, err := b.tickets.Undo(t.Context(), dora, first)
	requireCode(t, "superseded_by", err)
	require.Equal(t, ticket.SupersededBy(second).Error(), err.Error())
	require.Equal(t, second, b.get(t, first).Undo.SupersededBy)
	require.Equal(t, "yes", b.mayUndo(t, other))

	b.undo(t, second)
	j := b.mustClaim(t, jobID, "w1")
	require.NoError(t, b.Finish(t.Context(), jobID, j.Fence, job.Verdict{State: job.Succeeded}))
	require.Equal(t, "yes", b.mayUndo(t, first), "it is the newest again")
	b.undo(t, first)
}

func TestUndo_NotWhileAnotherTicketUsesTheTarget(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	id, _ := b.succeeded(t, "first", "table a")
	_, otherJob := b.queued(t, "other")
	other := b.mustClaim(t, otherJob, "w1")
	_, err := b.tickets.Undo(t.Context(), dora, id)
	requireCode(t, "target_busy", err)
	require.Equal(t, ticket.Succeeded, b.get(t, id).State)
	require.NoError(t, b.Finish(t.Context(), otherJob, other.Fence, failed))
	b.undo(t, id)
}

func TestUndo_RefusalLeavesEverythingAndIsWrittenDown(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	id, _ := b.succeeded(t, "first", "table a")
	b.kind.refuseUndo = fault.New(fault.Conflict, "target_changed", "no")
	_, err := b.tickets.Undo(t.Context(), dora, id)
	requireCode(t, "target_changed", err)
	_, err = b.tickets.Undo(t.Context(), ann, id)
	requireCode(t, "staff_only", err)
	require.EqualValues(t, 2, b.number(t, "SELECT COUNT(*) FROM audit WHERE action = 'ticket.undo.refused'"))
	require.Equal(t, "yes", b.mayUndo(t, id))
}

func TestUndo_OrDropNeverBoth(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	for range 10 {
		b.exec(t, "DELETE FROM job_locks")
		b.exec(t, "DELETE FROM kept_schemas")
		b.exec(t, "DELETE FROM swaps")
		id, _ := b.succeeded(t, "contested", "table a")
		b.exec(t, "UPDATE kept_schemas SET due_at = NOW(6) + INTERVAL 30000 MICROSECOND")
		var both sync.WaitGroup
		undone, dropped := false, false
		both.Go(func() {
			_, err := b.tickets.Undo(t.Context(), dora, id)
			undone = err == nil
		})
		both.Go(func() {
			for deadline := time.Now().Add(300 * time.Millisecond); !dropped && time.Now().Before(deadline); {
				_, ok, err := b.ExpiredKept(t.Context(), "dropper", time.Minute)
				dropped = ok && err == nil
			}
		})
		both.Wait()
		require.NotEqual(t, undone, dropped)
		if dropped {
			require.Equal(t, "undo_expired", b.mayUndo(t, id))
		}
	}
}

func TestUndo_LostWorkersAreReplacedThenSomebodyLooks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		verdict job.Verdict
		state   ticket.State
		kept    string
		last    string
	}{
		"the copy is still in place": {job.Verdict{State: job.Released}, ticket.Succeeded, "kept", "undo_failed"},
		"it was done after all":      {job.Verdict{State: job.Succeeded}, ticket.Undone, "dropping", "undone"},
		"still unclear":              {job.Verdict{State: job.NeedsAttention, Code: "swap_unclear"}, ticket.NeedsAttention, "undoing", "needs_attention"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := onMariaDB(t)
			id, jobID := b.succeeded(t, "first", "table a")
			b.undo(t, id)
			for range 4 {
				require.Equal(t, ticket.Undoing, b.get(t, id).State)
				b.mustClaim(t, jobID, "dies")
				b.expire(t, jobID)
				j := b.mustClaim(t, jobID, "heir")
				require.True(t, j.Recovery)
				require.NotNil(t, j.Undo)
				require.NoError(t, b.Finish(t.Context(), jobID, j.Fence, job.Verdict{State: job.Released}))
			}
			v := b.get(t, id)
			require.Equal(t, ticket.NeedsAttention, v.State)
			require.Equal(t, "lease_lost", v.FailureCode)
			require.EqualValues(t, 1, b.number(t, "SELECT COUNT(*) FROM job_locks"), "nobody else touches the target meanwhile")

			_, err := b.tickets.Recheck(t.Context(), dora, id)
			require.NoError(t, err)
			j := b.mustClaim(t, jobID, "checks")
			require.True(t, j.Recovery)
			require.NoError(t, b.Finish(t.Context(), jobID, j.Fence, tc.verdict))
			require.Equal(t, tc.state, b.get(t, id).State)
			require.EqualValues(t, 1, b.number(t, "SELECT COUNT(*) FROM kept_schemas WHERE state = ?", tc.kept))
			happened := b.happened(t, id)
			require.Equal(t, tc.last, happened[len(happened)-1])
			if tc.state == ticket.Succeeded {
				require.Empty(t, b.get(t, id).Failure)
				b.undo(t, id)
			}
		})
	}
}
