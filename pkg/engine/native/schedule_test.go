package native

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func tables(chunks ...int) []*Table {
	var list []*Table
	for _, n := range chunks {
		t := &Table{}
		for range n {
			t.chunks = append(t.chunks, &chunk{table: t})
		}
		list = append(list, t)
	}
	return list
}

// take gives the chunks of the next n transactions, and their tables.
func take(t *testing.T, s *schedule, n int) (chunks []*chunk, of []int) {
	t.Helper()
	for range n {
		next, stored, err := s.next(t.Context())
		require.NoError(t, err)
		require.False(t, stored)
		for _, c := range next {
			chunks, of = append(chunks, c), append(of, c.table.index)
		}
	}
	return chunks, of
}

func TestSchedule_MovesTablesInTheirOrder(t *testing.T) {
	t.Parallel()
	_, of := take(t, newSchedule(tables(2, 1, 1)), 4)
	require.Equal(t, []int{0, 0, 1, 2}, of)
}

func TestSchedule_SerialTableLeavesTheOtherWorkersToOthers(t *testing.T) {
	t.Parallel()
	list := tables(4, 1)
	list[0].Serial = true
	s := newSchedule(list)
	chunks, of := take(t, s, 3)
	require.Equal(t, []int{0, 0, 1}, of)
	s.done(chunks[0])
	_, of = take(t, s, 1)
	require.Equal(t, []int{0}, of)
}

func TestSchedule_LongRowsAreInWorkOneAtATime(t *testing.T) {
	t.Parallel()
	list := tables(1, 1, 1)
	list[0].EstimatedRows, list[0].EstimatedBytes = 1, 60<<20
	list[1].EstimatedRows, list[1].EstimatedBytes = 2, 90<<20
	s := newSchedule(list)
	chunks, of := take(t, s, 2)
	require.Equal(t, []int{0, 2}, of)
	s.done(chunks[0])
	s.compare(list[0])
	_, of = take(t, s, 1)
	require.Equal(t, []int{1}, of)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := s.next(ctx)
	require.ErrorIs(t, err, context.Canceled, "the stored row does not fit beside it")
}

func TestSchedule_ComparesWhatIsStoredOnceNothingIsLeftToMove(t *testing.T) {
	t.Parallel()
	list := tables(1, 1)
	s := newSchedule(list)
	chunks, _ := take(t, s, 1)
	loaded, _ := s.done(chunks[0])
	require.True(t, loaded)
	s.compare(list[0])
	_, of := take(t, s, 1)
	require.Equal(t, []int{1}, of)
	c, stored, err := s.next(t.Context())
	require.NoError(t, err)
	require.True(t, stored)
	_, compared := s.done(c[0])
	require.True(t, compared)
}

func TestSchedule_EndsWhenEverythingIsCompared(t *testing.T) {
	t.Parallel()
	list := tables(1)
	s := newSchedule(list)
	chunks, _ := take(t, s, 1)
	s.done(chunks[0])
	ended := make(chan []*chunk)
	for range 2 {
		go func() {
			for {
				c, _, err := s.next(context.Background())
				if c == nil || err != nil {
					ended <- c
					return
				}
				s.done(c[0])
			}
		}()
	}
	s.compare(list[0])
	require.Nil(t, <-ended)
	require.Nil(t, <-ended)
}

func TestSchedule_WaitingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newSchedule(tables(1))
	take(t, s, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := s.next(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestSchedule_SmallTablesAreMovedTogether(t *testing.T) {
	t.Parallel()
	list := tables(1, 1, 1, 1, 2, 1)
	for _, table := range list {
		table.Transactional, table.EstimatedRows, table.EstimatedBytes = true, 1000, togetherBytes/4
	}
	list[0].EstimatedBytes = togetherBytes + 1
	list[3].Transactional = false
	s := newSchedule(list)
	for _, want := range [][]int{{0}, {1, 2}, {3}, {4}, {4}, {5}} {
		_, of := take(t, s, 1)
		require.Equal(t, want, of)
	}
}

func TestSchedule_MoreSmallTablesTakeMoreTransactions(t *testing.T) {
	t.Parallel()
	list := tables(slices.Repeat([]int{1}, togetherTables+1)...)
	for _, table := range list {
		table.Transactional = true
	}
	s := newSchedule(list)
	chunks, _ := take(t, s, 1)
	require.Len(t, chunks, togetherTables)
	chunks, _ = take(t, s, 1)
	require.Len(t, chunks, 1)
}
