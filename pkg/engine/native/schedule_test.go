package native

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tables have that many pieces each.
func tables(pieces ...int) []*Table {
	var list []*Table
	for _, n := range pieces {
		t := &Table{Key: &Key{Columns: []KeyColumn{{Ident: "id", Type: "int"}}}}
		for i := range n - 1 {
			t.bounds = append(t.bounds, [][]byte{strconv.AppendInt(nil, int64(i+1), 10)})
		}
		list = append(list, t)
	}
	return list
}

// scheduled is a schedule for so many workers that each chunk has one piece.
func scheduled(list []*Table) *schedule {
	return newSchedule(&Job{Tables: list, Sources: make([]*sql.Conn, 8), ChunkBytes: 16 << 20})
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
	_, of := take(t, scheduled(tables(2, 1, 1)), 4)
	require.Equal(t, []int{0, 0, 1, 2}, of)
}

func TestSchedule_SerialTableLeavesTheOtherWorkersToOthers(t *testing.T) {
	t.Parallel()
	list := tables(4, 1)
	list[0].Serial = true
	s := scheduled(list)
	chunks, of := take(t, s, 3)
	require.Equal(t, []int{0, 0, 1}, of)
	s.moved(chunks[:1])
	_, of = take(t, s, 1)
	require.Equal(t, []int{0}, of)
}

func TestSchedule_LongRowsAreInWorkOneAtATime(t *testing.T) {
	t.Parallel()
	list := tables(1, 1, 1)
	list[0].EstimatedRows, list[0].EstimatedBytes = 1, 60<<20
	list[1].EstimatedRows, list[1].EstimatedBytes = 2, 90<<20
	s := scheduled(list)
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
	s := scheduled(list)
	chunks, _ := take(t, s, 1)
	require.Equal(t, tableLoaded, s.done(chunks[0]))
	s.compare(list[0])
	_, of := take(t, s, 1)
	require.Equal(t, []int{1}, of)
	c, stored, err := s.next(t.Context())
	require.NoError(t, err)
	require.True(t, stored)
	require.Equal(t, tableCompared, s.done(c[0]))
}

func TestSchedule_EndsWhenEverythingIsCompared(t *testing.T) {
	t.Parallel()
	list := tables(1)
	s := scheduled(list)
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
	s := scheduled(tables(1))
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
	s := scheduled(list)
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
	s := scheduled(list)
	chunks, _ := take(t, s, 1)
	require.Len(t, chunks, togetherTables)
	chunks, _ = take(t, s, 1)
	require.Len(t, chunks, 1)
}

func TestSchedule_ChunksAreAsLongAsThoseBeforeThemSay(t *testing.T) {
	t.Parallel()
	s := newSchedule(&Job{Tables: tables(1000), Sources: make([]*sql.Conn, 2), ChunkBytes: 16 << 20})
	for _, moved := range []struct {
		bytes  int64 // of a piece
		took   time.Duration
		pieces int // of the next chunk
	}{
		{1 << 20, time.Second, 2 * chunkPieces},  // twice the last one, not 16
		{1 << 20, time.Second, 4 * chunkPieces},  // 16 MB
		{1 << 20, 20 * time.Second, chunkPieces}, // too slow
		{100 << 20, time.Second, 1},              // more than was estimated
		{100 << 20, 50 * time.Second, 1},
	} {
		chunks, _ := take(t, s, 1)
		chunks[0].bytes, chunks[0].took = moved.bytes*int64(chunks[0].pieces), moved.took
		s.moved(chunks)
		require.Equal(t, moved.pieces, s.size(s.tables[0]), "%+v", moved)
	}
}

func TestSchedule_PiecesOfAVeryLargeTableAreChunks(t *testing.T) {
	t.Parallel()
	list := tables(1000)
	list[0].EstimatedBytes = 1000 << 24
	chunks, _ := take(t, newSchedule(&Job{Tables: list, Sources: make([]*sql.Conn, 2), ChunkBytes: 16 << 20}), 1)
	require.Equal(t, 1, chunks[0].pieces)
}

func TestSchedule_TheLastPiecesAreSharedOut(t *testing.T) {
	t.Parallel()
	list := tables(9)
	s := newSchedule(&Job{Tables: list, Sources: make([]*sql.Conn, 2), ChunkBytes: 16 << 20})
	chunks, _ := take(t, s, 4)
	var pieces []int
	for _, c := range chunks {
		pieces = append(pieces, c.pieces)
	}
	require.Equal(t, []int{4, 2, 1, 1}, pieces)
	require.Equal(t, "id >= 4 AND id < 6", chunks[1].where)
}
