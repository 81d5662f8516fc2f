package ticket

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The table is pinned: each line is a promise that other code and people rest on. Change it only with the reason.
func TestTransitions_ArePinned(t *testing.T) {
	t.Parallel()
	pinned := map[State]map[Move]State{
		// Nothing runs that was not approved: review leads to the queue by approve only.
		PendingReview: {MoveEdit: PendingReview, MoveApprove: Queued, MoveReject: Rejected, MoveWithdraw: Withdrawn},
		// An edit voids the approval, and an approval does not last for ever, so both go back to review.
		Queued: {MoveEdit: PendingReview, MoveExpire: PendingReview, MoveCancel: Cancelled, MoveStart: Running},
		// A running ticket ends by what its run left on the target, never by a button: a cancel is asked for on the job.
		// Lost and released runs go back to the queue after their traces are gone.
		Running: {MoveSucceed: Succeeded, MoveFail: Failed, MoveStop: Cancelled, MoveAttention: NeedsAttention, MoveRelease: Queued},
		// The same approved plan again; content cannot change here.
		Failed: {MoveRetry: Queued},
		// Nobody knows what is on the target: no retry, no cancel, only the recovery decides. Of a copy it finds that it
		// succeeded or failed, of an undo that it was done or that the copy is still in place.
		NeedsAttention: {MoveSucceed: Succeeded, MoveFail: Failed, MoveUndone: Undone},
		Succeeded:      {MoveUndo: Undoing},
		// An undo that could not be done is for a person to look at, never silently a success again.
		Undoing:  {MoveUndone: Undone, MoveAttention: NeedsAttention},
		Rejected: {}, Withdrawn: {}, Cancelled: {}, Undone: {},
	}
	count := 0
	for from, moves := range pinned {
		for move, to := range moves {
			ticket := Ticket{State: from}
			require.NoError(t, ticket.Move(move), "%s %s", from, move)
			require.Equal(t, to, ticket.State, "%s %s", from, move)
			count++
		}
		require.Equal(t, len(moves) == 0, from.Final(), from)
	}
	require.Len(t, Transitions(), count, "a transition that this test does not know")
	require.Len(t, States(), len(pinned))
}

func TestMove_RefusesEverythingElse(t *testing.T) {
	t.Parallel()
	for _, from := range States() {
		for _, line := range Transitions() {
			ticket := Ticket{State: from}
			err := ticket.Move(line.Move)
			if from.May(line.Move) {
				require.NoError(t, err)
				continue
			}
			require.ErrorContains(t, err, "wrong_state")
			require.Equal(t, from, ticket.State, "a refused move changes nothing")
		}
	}
}

func TestStates_DrawingInTheDocsIsTheTable(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/states.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(page), "```mermaid\n")
	require.True(t, ok, "docs/states.md has no drawing")
	drawing, _, _ := strings.Cut(rest, "```")
	require.Equal(t, draw(), drawing, "docs/states.md must hold this drawing")
}

func draw() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    [*] --> pending_review: submit\n")
	for _, line := range Transitions() {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", line.From, line.To, line.Move)
	}
	for _, state := range States() {
		if state.Final() {
			fmt.Fprintf(&b, "    %s --> [*]\n", state)
		}
	}
	return b.String()
}
