package store_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/job"
	"overmind/pkg/localdb"
	"overmind/pkg/ticket"
)

var (
	succeeded = job.Verdict{State: job.Succeeded, Report: json.RawMessage(`{"rows":7}`)}
	failed    = job.Verdict{State: job.Failed, Code: "dump_failed", Message: "mysqldump ended with 2"}
	released  = job.Verdict{State: job.Released}
)

func TestClaim_OnlyOneOfMany(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, server *localdb.Server) {
		b := setup(t, server)
		_, id := b.queued(t, "wanted")
		var wg sync.WaitGroup
		var got atomic.Int64
		for i := range 8 {
			wg.Go(func() {
				if _, ok := b.claim(t, id, fmt.Sprintf("w%d", i)); ok {
					got.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, got.Load())
	})
}

func TestClaim_LeavesOtherGroupsAndLaterJobsAlone(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	_, id := b.queued(t, "east only")
	_, ok, err := b.Claim(t.Context(), id, "w1", []string{"west"}, time.Minute)
	require.NoError(t, err)
	require.False(t, ok)

	d := draft("tonight")
	d.NotBefore = time.Now().Add(time.Hour)
	v, err := b.tickets.Submit(t.Context(), ann, d)
	require.NoError(t, err)
	_, err = b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(v))
	require.NoError(t, err)
	_, ok = b.claim(t, b.number(t, "SELECT id FROM jobs WHERE ticket_id = ?", v.ID), "w1")
	require.False(t, ok)
}

func TestClaim_SecondTicketForOneTargetWaits(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	first, firstJob := b.queued(t, "first")
	second, secondJob := b.queued(t, "second")
	j := b.mustClaim(t, firstJob, "w1")
	for range 2 { // the second ring adds no second event
		_, ok := b.claim(t, secondJob, "w2")
		require.False(t, ok)
	}
	require.Equal(t, first.ID, b.get(t, second.ID).WaitingFor)
	require.Equal(t, []string{"submitted", "approved", "waiting"}, b.happened(t, second.ID))
	_, err := b.Due(t.Context(), 10)
	require.NoError(t, err)

	require.NoError(t, b.Finish(t.Context(), firstJob, j.Fence, succeeded))
	due, err := b.Due(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, []job.Ring{{JobID: secondJob, Group: "east"}}, due, "rung as soon as the target is free")
	b.mustClaim(t, secondJob, "w2")
	require.Zero(t, b.get(t, second.ID).WaitingFor)
}

func TestClaim_NeverTwoOnOneTarget(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	var jobs []int64
	for i := range 8 {
		_, id := b.queued(t, fmt.Sprintf("ticket %d", i))
		jobs = append(jobs, id)
	}
	var wg sync.WaitGroup
	var running, most atomic.Int64
	for w := range 4 {
		wg.Go(func() {
			for _, id := range append(jobs[w*2:], jobs[:w*2]...) {
				j, ok := b.claim(t, id, fmt.Sprintf("w%d", w))
				if !ok {
					continue
				}
				if n := running.Add(1); n > most.Load() {
					most.Store(n)
				}
				require.NoError(t, b.Note(t.Context(), id, j.Fence, "ticket.phase", json.RawMessage(`{"phase":"load"}`)))
				running.Add(-1)
				require.NoError(t, b.Finish(t.Context(), id, j.Fence, succeeded))
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, most.Load())
	require.Zero(t, b.number(t, "SELECT COUNT(*) FROM job_locks"))
}

func TestTakeover_RecoversWhateverTheCancelFlagSays(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v, id := b.queued(t, "died")
	dead := b.mustClaim(t, id, "w1")
	require.NoError(t, b.Save(t.Context(), id, dead.Fence, job.ColumnNames, json.RawMessage(`{"staging":"_om_x_1"}`)))
	_, err := b.tickets.Cancel(t.Context(), ann, v.ID)
	require.NoError(t, err)
	_, err = b.tickets.Cancel(t.Context(), ann, v.ID)
	requireCode(t, "already_cancelling", err)
	require.Equal(t, ticket.Running, b.get(t, v.ID).State, "cancelled only when its traces are gone")
	_, ok := b.claim(t, id, "w2")
	require.False(t, ok, "the lease still holds")

	b.expire(t, id)
	due, err := b.Due(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	j := b.mustClaim(t, id, "w2")
	require.True(t, j.Recovery)
	require.True(t, j.CancelRequested)
	require.Greater(t, j.Fence, dead.Fence)
	require.JSONEq(t, `{"staging":"_om_x_1"}`, string(j.Names))

	// The dead owner wakes up and may write nothing.
	_, err = b.Heartbeat(t.Context(), id, dead.Fence, time.Minute, "load", nil)
	requireCode(t, "lease_lost", err)
	requireCode(t, "lease_lost", b.Save(t.Context(), id, dead.Fence, job.ColumnSessions, nil))
	requireCode(t, "lease_lost", b.Commit(t.Context(), id, dead.Fence, nil))
	requireCode(t, "lease_lost", b.Note(t.Context(), id, dead.Fence, "ticket.phase", nil))
	requireCode(t, "lease_lost", b.Finish(t.Context(), id, dead.Fence, succeeded))

	require.NoError(t, b.Finish(t.Context(), id, j.Fence, released))
	got := b.get(t, v.ID)
	require.Equal(t, ticket.Cancelled, got.State)
	require.Len(t, got.Attempts, 1)
	require.Equal(t, []string{"submitted", "approved", "started", "cancel_requested", "recovering", "cancelled"}, b.happened(t, v.ID))
}

func TestReleased_GoesOnThreeTimesThenFails(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v, id := b.queued(t, "unlucky")
	for range 3 {
		b.mustClaim(t, id, "dies")
		b.expire(t, id)
		j := b.mustClaim(t, id, "cleans up")
		require.True(t, j.Recovery)
		require.NoError(t, b.Finish(t.Context(), id, j.Fence, released))
		require.Equal(t, ticket.Queued, b.get(t, v.ID).State)
	}
	j := b.mustClaim(t, id, "last")
	require.False(t, j.Recovery)
	require.Equal(t, 4, j.Attempt)
	require.NoError(t, b.Finish(t.Context(), id, j.Fence, released))
	got := b.get(t, v.ID)
	require.Equal(t, ticket.Failed, got.State)
	require.Equal(t, "lease_lost", got.FailureCode)
	require.Len(t, got.Attempts, 4)

	v, err := b.tickets.Retry(t.Context(), dora, v.ID)
	require.NoError(t, err)
	require.Equal(t, ticket.Queued, v.State)
	again := b.mustClaim(t, id, "w9")
	require.Greater(t, again.Fence, j.Fence, "the fence goes on")
	require.Equal(t, 5, again.Attempt)
	require.NoError(t, b.Finish(t.Context(), id, again.Fence, released))
	require.Equal(t, ticket.Queued, b.get(t, v.ID).State, "a person's retry starts the count again")
}

func TestCommit_AndCancelExcludeEachOther(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	for i := range 20 {
		v, id := b.queued(t, fmt.Sprintf("swap %d", i))
		j := b.mustClaim(t, id, "w1")
		var wg sync.WaitGroup
		var committed, cancelled error
		wg.Go(func() { committed = b.Commit(t.Context(), id, j.Fence, json.RawMessage(`{"rename":1}`)) })
		wg.Go(func() { _, cancelled = b.tickets.Cancel(t.Context(), ann, v.ID) })
		wg.Wait()
		if committed == nil {
			requireCode(t, "too_late", cancelled)
			require.NoError(t, b.Finish(t.Context(), id, j.Fence, succeeded))
			continue
		}
		requireCode(t, "cancelled", committed)
		require.NoError(t, cancelled)
		require.NoError(t, b.Finish(t.Context(), id, j.Fence, job.Verdict{State: job.Cancelled}))
	}
}

func TestCommit_NeedsALiveLease(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	_, id := b.queued(t, "slow")
	j := b.mustClaim(t, id, "w1")
	b.expire(t, id)
	requireCode(t, "lease_lost", b.Commit(t.Context(), id, j.Fence, nil))
}

func TestHeartbeat_KeepsTheLeaseAndTellsOfACancel(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v, id := b.queued(t, "beats")
	j := b.mustClaim(t, id, "w1")
	cancel, err := b.Heartbeat(t.Context(), id, j.Fence, time.Hour, "load", json.RawMessage(`{"rows_done":5}`))
	require.NoError(t, err)
	require.False(t, cancel)
	_, err = b.Heartbeat(t.Context(), id, j.Fence, time.Hour, "", nil)
	require.NoError(t, err)
	got := b.get(t, v.ID)
	require.Equal(t, "load", got.Phase)
	require.JSONEq(t, `{"rows_done":5}`, string(got.Progress))
	require.Positive(t, b.number(t, "SELECT lease_until > NOW(6) + INTERVAL 50 MINUTE FROM jobs"))
	_, err = b.tickets.Cancel(t.Context(), dora, v.ID)
	require.NoError(t, err)
	cancel, err = b.Heartbeat(t.Context(), id, j.Fence, time.Hour, "load", nil)
	require.NoError(t, err)
	require.True(t, cancel)
}

func TestNeedsAttention_HoldsTheTargetUntilTheRecheck(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v, id := b.queued(t, "half swapped")
	j := b.mustClaim(t, id, "w1")
	require.NoError(t, b.Commit(t.Context(), id, j.Fence, json.RawMessage(`{"rename":1}`)))
	require.NoError(t, b.Finish(t.Context(), id, j.Fence, job.Verdict{State: job.NeedsAttention, Code: "unclear", Message: "look"}))
	other, otherJob := b.queued(t, "next")
	_, ok := b.claim(t, otherJob, "w1")
	require.False(t, ok)
	require.Equal(t, v.ID, b.get(t, other.ID).WaitingFor)

	_, err := b.tickets.Recheck(t.Context(), ann, v.ID)
	requireCode(t, "staff_only", err)
	_, err = b.tickets.Retry(t.Context(), dora, v.ID)
	requireCode(t, "wrong_state", err)
	_, err = b.tickets.Recheck(t.Context(), dora, v.ID)
	require.NoError(t, err)
	_, err = b.tickets.Recheck(t.Context(), dora, v.ID)
	requireCode(t, "already_queued", err)
	again := b.mustClaim(t, id, "w2")
	require.True(t, again.Recovery)
	require.JSONEq(t, `{"rename":1}`, string(again.Intent))
	require.Equal(t, ticket.NeedsAttention, b.get(t, v.ID).State)
	require.NoError(t, b.Finish(t.Context(), id, again.Fence, released))
	got := b.get(t, v.ID)
	require.Equal(t, ticket.Failed, got.State)
	require.Equal(t, "cleaned_up", got.FailureCode)
	b.mustClaim(t, otherJob, "w1")
}

func TestApproval_ExpiresBeforeTheStart(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v, id := b.queued(t, "forgotten")
	b.exec(t, "UPDATE tickets SET approved_at = NOW(6) - INTERVAL 8 DAY WHERE id = ?", v.ID)
	_, ok := b.claim(t, id, "w1")
	require.False(t, ok)
	got := b.get(t, v.ID)
	require.Equal(t, ticket.PendingReview, got.State)
	require.Zero(t, got.ReviewerID)
	require.Zero(t, b.number(t, "SELECT COUNT(*) FROM jobs"))
	_, err := b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(got))
	require.NoError(t, err)
}

func TestRetry_OfAStaleApprovalIsRefused(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v, id := b.queued(t, "drifted")
	j := b.mustClaim(t, id, "w1")
	require.NoError(t, b.Finish(t.Context(), id, j.Fence, job.Verdict{State: job.Failed, Code: "approval_stale"}))
	_, err := b.tickets.Retry(t.Context(), dora, v.ID)
	requireCode(t, "approval_stale", err)
	_, err = b.tickets.Retry(t.Context(), ann, v.ID)
	requireCode(t, "staff_only", err)
}

func TestDue_SharesJobsAndBacksOff(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	_, id := b.queued(t, "rung")
	due, err := b.Due(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, []job.Ring{{JobID: id, Group: "east"}}, due)
	due, err = b.Due(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, due, "not rung again at once")
	require.EqualValues(t, 5, b.number(t, "SELECT ROUND(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), next_dispatch_at) / 1000000) FROM jobs"))
}

func TestKept_IsDroppedAfterItsTimeUnderTheTargetsLock(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v, id := b.queued(t, "replaces")
	j := b.mustClaim(t, id, "w1")
	kept := job.Kept{InstanceID: 2, Fingerprint: "T", Schema: "_om_a_1_old", Database: "orders_test", Names: []string{"orders"}}
	require.NoError(t, b.Finish(t.Context(), id, j.Fence, job.Verdict{State: job.Succeeded, Kept: &kept}))
	_, ok, err := b.ExpiredKept(t.Context(), "w1", time.Minute)
	require.NoError(t, err)
	require.False(t, ok, "its time has not come")

	b.exec(t, "UPDATE kept_schemas SET due_at = NOW(6) - INTERVAL 1 SECOND")
	_, nextJob := b.queued(t, "next")
	next := b.mustClaim(t, nextJob, "w1")
	_, ok, err = b.ExpiredKept(t.Context(), "w1", time.Minute)
	require.NoError(t, err)
	require.False(t, ok, "a run holds the target")
	require.NoError(t, b.Finish(t.Context(), nextJob, next.Fence, failed))

	x, ok, err := b.ExpiredKept(t.Context(), "w1", time.Minute)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, job.Expired{ID: x.ID, Kind: "copy", Kept: kept}, x)
	waiting, waitingJob := b.queued(t, "waits for the drop")
	_, claimed := b.claim(t, waitingJob, "w2")
	require.False(t, claimed)
	require.Equal(t, v.ID, b.get(t, waiting.ID).WaitingFor)

	requireCode(t, "lease_lost", b.FinishKept(t.Context(), x.ID, "somebody else", ""))
	require.NoError(t, b.FinishKept(t.Context(), x.ID, "w1", "the server is away"))
	_, ok, err = b.ExpiredKept(t.Context(), "w1", time.Minute)
	require.NoError(t, err)
	require.False(t, ok, "tried again later")
	b.exec(t, "UPDATE kept_schemas SET due_at = NOW(6) - INTERVAL 1 SECOND")
	x, ok, err = b.ExpiredKept(t.Context(), "dies", time.Minute)
	require.NoError(t, err)
	require.True(t, ok)
	b.exec(t, "UPDATE kept_schemas SET due_at = NOW(6) - INTERVAL 1 SECOND")
	x, ok, err = b.ExpiredKept(t.Context(), "w3", time.Minute)
	require.NoError(t, err)
	require.True(t, ok, "one whose owner died comes again")
	require.NoError(t, b.FinishKept(t.Context(), x.ID, "w3", ""))
	b.mustClaim(t, waitingJob, "w2")
}

// A process that only serves rings into a dead queue and puts the next ring off; a worker must not wait for that.
func TestClaimable_WhateverWasRungFor(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	_, id := b.queued(t, "rung")
	_, err := b.Due(t.Context(), 10)
	require.NoError(t, err)
	claimable := func(group string) []int64 {
		ids, err := b.Claimable(t.Context(), []string{group}, 10)
		require.NoError(t, err)
		return ids
	}
	require.Equal(t, []int64{id}, claimable("east"))
	require.Empty(t, claimable("west"))
	b.mustClaim(t, id, "w1")
	require.Empty(t, claimable("east"), "somebody has it")
	b.exec(t, "UPDATE jobs SET lease_until = NOW(6) - INTERVAL 1 SECOND")
	require.Equal(t, []int64{id}, claimable("east"), "its owner is gone")
}
