package migration_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

// replaced is a ticket that has replaced one table of the target and created the others.
func (b *bench) replaced(t *testing.T) (ticketID, jobID int64) {
	t.Helper()
	testkit.Exec(t, b.to, "CREATE DATABASE "+b.copy, "CREATE TABLE "+b.copy+".goods (id INT PRIMARY KEY, old INT)", "INSERT INTO "+b.copy+".goods VALUES (7, 7)")
	ticketID, jobID = b.approved(t, b.spec(`,"if_exists":"replace"`))
	b.worker(t, b.Store, "copies")
	b.ends(t, ticketID, ticket.Succeeded)
	return ticketID, jobID
}

func (b *bench) undo(t *testing.T, ticketID int64) {
	t.Helper()
	_, err := b.tickets.Undo(t.Context(), dora, ticketID)
	require.NoError(t, err)
}

// isBack asserts that the target is as before the copy.
func (b *bench) isBack(t *testing.T) {
	t.Helper()
	require.EqualValues(t, 1, number(t, b.to, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?", b.copy))
	require.EqualValues(t, 7, number(t, b.to, "SELECT old FROM "+b.copy+".goods"))
}

func (b *bench) dropExpired(t *testing.T) {
	t.Helper()
	x, ok, err := b.ExpiredKept(t.Context(), "dropper", soon)
	require.NoError(t, err)
	require.True(t, ok)
	require.EqualValues(t, 1, b.schemas(t, x.Kept.Schema))
	require.NoError(t, b.migration.DropKept(t.Context(), x.Kept))
	require.NoError(t, b.FinishKept(t.Context(), x.ID, "dropper", ""))
	require.Zero(t, b.schemas(t, x.Kept.Schema))
}

func TestUndo_PutsTheTargetBackAndDropsTheCopy(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	ticketID, _ := b.replaced(t)
	b.undo(t, ticketID)
	b.ends(t, ticketID, ticket.Undone)
	b.isBack(t)
	b.dropExpired(t)
	again, _ := b.approved(t, b.spec(`,"if_exists":"replace"`)) // the target is as it was, so it can be copied to again
	b.ends(t, again, ticket.Succeeded)
}

func TestUndo_OfACopyThatOnlyCreatedRemovesTheDatabase(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	ticketID, _ := b.approved(t, b.spec(""))
	b.worker(t, b.Store, "copies")
	b.ends(t, ticketID, ticket.Succeeded)
	b.undo(t, ticketID)
	b.ends(t, ticketID, ticket.Undone)
	require.Zero(t, b.schemas(t, b.copy))
	b.dropExpired(t)
}

func TestUndo_IsRefusedWhenTheTargetWasAltered(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	ticketID, _ := b.replaced(t)
	testkit.Exec(t, b.to, "ALTER TABLE "+b.copy+".goods ADD COLUMN later INT")
	_, err := b.tickets.Undo(t.Context(), dora, ticketID)
	require.Truef(t, fault.Is(err, "target_changed"), "%v", err)
	b.ends(t, ticketID, ticket.Succeeded)
}

// What changes after the undo was asked for keeps it from being done, and the re-check gives the copy back.
func TestUndo_ThatIsNotDoneNeedsAttentionAndLeavesTheCopy(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	testkit.Exec(t, b.to, "CREATE DATABASE "+b.copy, "CREATE TABLE "+b.copy+".goods (id INT PRIMARY KEY)")
	ticketID, _ := b.approved(t, b.spec(`,"if_exists":"replace"`))
	e := b.worker(t, b.Store, "copies")
	b.ends(t, ticketID, ticket.Succeeded)
	require.NoError(t, e.Shutdown(t.Context()))
	b.undo(t, ticketID)
	testkit.Exec(t, b.to, "ALTER TABLE "+b.copy+".goods ADD COLUMN later INT")
	b.worker(t, b.Store, "undoes")
	v := b.ends(t, ticketID, ticket.NeedsAttention)
	require.Equal(t, "target_changed", v.FailureCode)
	require.Contains(t, v.Failure, "The copy is still in place.")
	require.EqualValues(t, 2, number(t, b.to, "SELECT COUNT(*) FROM "+b.copy+".goods"))

	testkit.Exec(t, b.to, "ALTER TABLE "+b.copy+".goods DROP COLUMN later")
	_, err := b.tickets.Recheck(t.Context(), dora, ticketID)
	require.NoError(t, err)
	testkit.Eventually(t, soon, "it can be undone again", func() bool {
		_, err := b.tickets.Undo(t.Context(), dora, ticketID)
		return err == nil
	})
	b.ends(t, ticketID, ticket.Undone)
}

func TestUndo_DeadWorkersAreReplaced(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]bool{"before the exchange": false, "after it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, shop...)
			testkit.Exec(t, b.to, "CREATE DATABASE "+b.copy, "CREATE TABLE "+b.copy+".goods (id INT PRIMARY KEY, old INT)", "INSERT INTO "+b.copy+".goods VALUES (7, 7)")
			ticketID, _ := b.approved(t, b.spec(`,"if_exists":"replace"`))
			first := b.worker(t, b.Store, "copies")
			b.ends(t, ticketID, ticket.Succeeded)
			require.NoError(t, first.Shutdown(t.Context()))
			b.undo(t, ticketID)

			reached, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			stop := sync.OnceFunc(func() { close(reached); <-goOn }) // it may try again
			zombie := &gate{Store: b.Store}
			if after {
				zombie.finish = func(context.Context) { stop() }
			} else {
				zombie.commit = func() error { stop(); return nil }
			}
			e := b.worker(t, zombie, "zombie")
			<-reached
			go func() { ended <- e.Shutdown(context.Background()) }()
			testkit.Eventually(t, soon, "the zombie claims no more", e.Full)
			b.dies(t, zombie)
			b.worker(t, b.Store, "heir")
			b.ends(t, ticketID, ticket.Undone)
			b.isBack(t)
			close(goOn)
			require.NoError(t, <-ended)
			b.isBack(t)
			require.EqualValues(t, 1, number(t, b.meta, "SELECT COUNT(*) FROM events WHERE type = 'ticket.undone'"))
		})
	}
}
