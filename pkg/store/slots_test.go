package store_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/job"
	"overmind/pkg/ticket"
)

// counted is a store whose tickets each want 6 to 14 connections to instance 2, which allows so many.
func counted(t *testing.T, allows int) *bench {
	t.Helper()
	b := onMariaDB(t)
	b.kind.parts = []ticket.Lock{{Key: "target", InstanceID: 2, Least: 6, Most: 14}}
	b.exec(t, "INSERT INTO instance_limits (instance_id, connections, megabytes_per_second, threads_running, lag_seconds) VALUES (2, ?, 0, 0, 0)", allows)
	return b
}

// into is an approved ticket with a target of its own.
func (b *bench) into(t *testing.T, target string) (v ticket.View, jobID int64) {
	t.Helper()
	d := draft(target)
	d.Spec = json.RawMessage(fmt.Sprintf(`{"Source":"orders","Target":%q}`, target))
	v, err := b.tickets.Submit(t.Context(), ann, d)
	require.NoError(t, err)
	v, err = b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(v))
	require.NoError(t, err)
	return v, b.number(t, "SELECT id FROM jobs WHERE ticket_id = ?", v.ID)
}

func (b *bench) slots(t *testing.T, jobID int64) []job.Slot {
	t.Helper()
	list, err := b.Slots(t.Context(), jobID)
	require.NoError(t, err)
	return list
}

func TestSlots_AreSharedAndTheNextJobWaitsWhenTooFewAreLeft(t *testing.T) {
	t.Parallel()
	b := counted(t, 22)
	first, firstJob := b.into(t, "a")
	_, secondJob := b.into(t, "b")
	third, thirdJob := b.into(t, "c")
	j := b.mustClaim(t, firstJob, "w1")
	b.mustClaim(t, secondJob, "w2")
	require.Equal(t, []job.Slot{{Side: "target", InstanceID: 2, Connections: 14, Jobs: 2}}, b.slots(t, firstJob))
	require.Equal(t, []job.Slot{{Side: "target", InstanceID: 2, Connections: 8, Jobs: 2}}, b.slots(t, secondJob))
	_, ok := b.claim(t, thirdJob, "w3")
	require.False(t, ok)
	require.Equal(t, first.ID, b.get(t, third.ID).WaitingFor)
	require.Empty(t, b.slots(t, thirdJob))

	require.NoError(t, b.Finish(t.Context(), firstJob, j.Fence, succeeded))
	b.mustClaim(t, thirdJob, "w3")
	require.Equal(t, 14, b.slots(t, thirdJob)[0].Connections)
}

func TestSlots_OfADeadWorkerCountUntilItsJobIsTakenOver(t *testing.T) {
	t.Parallel()
	b := counted(t, 14)
	_, deadJob := b.into(t, "a")
	_, nextJob := b.into(t, "b")
	b.mustClaim(t, deadJob, "dead")
	b.expire(t, deadJob)
	_, ok := b.claim(t, nextJob, "w1")
	require.False(t, ok, "its sessions may still be there")
	j := b.mustClaim(t, deadJob, "w1")
	require.True(t, j.Recovery)
	require.Equal(t, 14, b.slots(t, deadJob)[0].Connections, "it is not counted twice")
	require.NoError(t, b.Finish(t.Context(), deadJob, j.Fence, job.Verdict{State: job.Failed, Code: "x"}))
	b.mustClaim(t, nextJob, "w1")
	require.Equal(t, int64(1), b.number(t, "SELECT COUNT(*) FROM instance_slots"))
}

func TestSlots_AJobThatIsAloneAlwaysGetsEnough(t *testing.T) {
	t.Parallel()
	b := counted(t, 6)
	b.kind.parts = append(b.kind.parts, ticket.Lock{Key: "source", InstanceID: 2, Least: 6, Most: 14}, ticket.Lock{Key: "other", InstanceID: 1, Least: 6, Most: 14})
	_, id := b.into(t, "a")
	b.mustClaim(t, id, "w1")
	require.Equal(t, []job.Slot{{Side: "other", InstanceID: 1, Connections: 14, Jobs: 1}, {Side: "source", InstanceID: 2, Connections: 6, Jobs: 1},
		{Side: "target", InstanceID: 2, Connections: 6, Jobs: 1}}, b.slots(t, id))
}
