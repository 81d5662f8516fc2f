package native

import (
	"context"
	"slices"
	"sync"
	"time"
)

// serially is how many chunks of a Serial table are moved at a time: one is stored while the next one is read.
const serially = 2

// rowMemory is how long all long rows in work may be together, by the mean of their tables; a longer one is the only long
// one. Each is in memory more than once: whole, as the driver gives it, while it grows, and until it is collected.
const rowMemory = 8 << 20

// Small tables are moved together in one transaction, because a commit costs more than their rows: so many of them, of so
// many bytes together.
const (
	togetherTables = 32
	togetherBytes  = 1 << 20
)

// chunkTime is about the longest that a chunk is moved: the target keeps what it needs to roll it back that long.
const chunkTime = 5 * time.Second

// schedule decides what each worker does next. Moving goes before comparing, so that the keys of a table are built as
// early as possible; tables are moved in their order, so that the longest of these builds begin first.
type schedule struct {
	mu      sync.Mutex
	workers int
	most    int64 // bytes of a chunk
	tables  []*tableWork
	first   int      // table that has pieces nobody has begun to move
	stored  []*chunk // to be compared
	left    int      // tables that are not compared yet
	rows    int64    // how long the long ones in work are together
	changed chan struct{}
}

// tableWork is how far a table is.
type tableWork struct {
	*Table
	begun   int // pieces
	moving  int // chunks
	open    int // chunks that are moved or compared before the table is loaded
	loaded  bool
	unequal int // chunks that are not compared yet

	last  *chunk // that was moved
	moved int    // pieces
	bytes int64  // of these
}

func newSchedule(job *Job) *schedule {
	s := &schedule{workers: len(job.Sources), most: job.ChunkBytes, left: len(job.Tables), changed: make(chan struct{})}
	for i, t := range job.Tables {
		t.index = i
		s.tables = append(s.tables, &tableWork{Table: t})
	}
	return s
}

// next is what to move in one transaction, or a stored chunk to compare. It waits for one; none comes when all is done.
func (s *schedule) next(ctx context.Context) (chunks []*chunk, stored bool, err error) {
	for {
		s.mu.Lock()
		chunks, stored = s.pick()
		left, changed := s.left, s.changed
		s.mu.Unlock()
		if chunks != nil || left == 0 {
			return chunks, stored, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

func (s *schedule) pick() (chunks []*chunk, stored bool) {
	for i := s.first; i < len(s.tables); i++ {
		t := s.tables[i]
		switch {
		case t.begun == t.pieces():
			if i == s.first {
				s.first++
			}
		case t.Serial && t.moving == serially, !s.fits(t.Table):
		default:
			return s.begin(i), false
		}
	}
	i := slices.IndexFunc(s.stored, func(c *chunk) bool { return s.fits(c.table) })
	if i < 0 {
		return nil, false
	}
	c := s.stored[i]
	s.stored = slices.Delete(s.stored, i, i+1)
	s.rows += c.table.longRow()
	return []*chunk{c}, true
}

// begin takes the next chunk of a table, and the small tables that follow a small one.
func (s *schedule) begin(i int) []*chunk {
	t := s.tables[i]
	s.rows += t.longRow()
	chunks := []*chunk{t.begin(s.size(t))}
	if !t.small() {
		return chunks
	}
	bytes := t.EstimatedBytes
	for _, t := range s.tables[i+1:] {
		if bytes += t.EstimatedBytes; len(chunks) == togetherTables || bytes > togetherBytes || !t.small() || t.begun > 0 {
			break
		}
		chunks = append(chunks, t.begin(1))
	}
	return chunks
}

// size is how many pieces the next chunk of a table has: as many as make the wanted bytes by the estimate or, better, the
// wanted bytes and time by the chunks before; at most twice as many as the last one had, and no more than leave some to
// every worker.
func (s *schedule) size(t *tableWork) int {
	piece := max(1, t.EstimatedBytes/int64(t.pieces()))
	n, left := min(chunkPieces, int(s.most/piece)), t.pieces()-t.begun
	if t.last != nil {
		n = 2 * t.last.pieces
		if t.bytes > 0 {
			n = min(n, int(float64(s.most)*float64(t.moved)/float64(t.bytes)))
		}
		if t.last.took > 0 {
			n = min(n, int(float64(t.last.pieces)*float64(chunkTime)/float64(t.last.took)))
		}
	}
	return max(1, min(n, left/s.workers))
}

func (t *tableWork) begin(pieces int) *chunk {
	c := t.chunk(t.begun, pieces)
	t.begun += pieces
	t.moving++
	t.open++
	t.chunks = append(t.chunks, c)
	return c
}

// small tells whether a table may be moved together with others.
func (t *tableWork) small() bool {
	return t.Transactional && t.pieces() == 1 && t.EstimatedBytes <= togetherBytes && t.longRow() == 0
}

func (s *schedule) fits(t *Table) bool {
	return t.longRow() == 0 || s.rows == 0 || s.rows+t.longRow() <= rowMemory
}

// longRow is the mean length of rows that do not fit into a block, 0 for shorter ones.
func (t *Table) longRow() int64 {
	if mean := t.EstimatedBytes / max(1, t.EstimatedRows); mean > blockBytes {
		return mean
	}
	return 0
}

// moved notes that chunks are stored: others of their tables may be.
func (s *schedule) moved(chunks []*chunk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	for _, c := range chunks {
		t := s.tables[c.table.index]
		t.moving--
		t.last, t.bytes, t.moved = c, t.bytes+c.bytes, t.moved+c.pieces
	}
}

// reached is what a table came to when all was done with a chunk of it.
type reached int

const (
	tableUnfinished reached = iota
	tableMissesRows         // all of its ranges were moved, and they are not the table
	tableLoaded
	tableCompared
)

// done notes that all is done with a chunk for now.
func (s *schedule) done(c *chunk) reached {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	s.rows -= c.table.longRow()
	t := s.tables[c.table.index]
	if t.loaded {
		if t.unequal--; t.unequal > 0 {
			return tableUnfinished
		}
		s.left--
		return tableCompared
	}
	if t.open--; t.open > 0 || t.begun < t.pieces() {
		return tableUnfinished
	}
	if t.counted != nil && *t.counted != t.whole().sent.rows {
		return tableMissesRows
	}
	t.loaded = true
	return tableLoaded
}

// anew has a table moved once more, in one piece.
func (s *schedule) anew(t *Table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	t.bounds, t.chunks, t.counted = nil, nil, nil
	s.tables[t.index] = &tableWork{Table: t}
	s.first = min(s.first, t.index)
}

// compare adds a loaded table's chunks to those to be compared, and says whether all of them have been.
func (s *schedule) compare(t *Table) (compared bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	parts := t.comparable()
	s.tables[t.index].unequal = len(parts)
	s.stored = append(s.stored, parts...)
	if len(parts) == 0 {
		s.left--
	}
	return len(parts) == 0
}

func (s *schedule) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}
