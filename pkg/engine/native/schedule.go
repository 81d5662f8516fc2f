package native

import (
	"context"
	"sync"
)

// serially is how many chunks of a Serial table are moved at a time: one is stored while the next one is read.
const serially = 2

// schedule decides what each worker does next. Moving goes before comparing, so that the keys of a table are built as
// early as possible; tables are moved in their order, so that the longest of these builds begin first.
type schedule struct {
	mu      sync.Mutex
	tables  []*tableWork
	first   int      // table that has chunks nobody has begun to move
	stored  []*chunk // to be compared
	left    int      // not compared yet
	changed chan struct{}
}

// tableWork counts the chunks of a table.
type tableWork struct {
	*Table
	begun, moving    int
	unmoved, unequal int
}

func newSchedule(tables []*Table) *schedule {
	s := &schedule{changed: make(chan struct{})}
	for i, t := range tables {
		t.index = i
		parts := len(t.comparable())
		s.tables = append(s.tables, &tableWork{Table: t, unmoved: len(t.chunks), unequal: parts})
		s.left += parts
	}
	return s
}

// next is a chunk to move or, where it is stored, to compare. It waits for one; none comes when all is done.
func (s *schedule) next(ctx context.Context) (c *chunk, stored bool, err error) {
	for {
		s.mu.Lock()
		c, stored = s.pick()
		left, changed := s.left, s.changed
		s.mu.Unlock()
		if c != nil || left == 0 {
			return c, stored, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

func (s *schedule) pick() (c *chunk, stored bool) {
	for i := s.first; i < len(s.tables); i++ {
		t := s.tables[i]
		switch {
		case t.begun == len(t.chunks):
			if i == s.first {
				s.first++
			}
		case t.Serial && t.moving == serially:
		default:
			t.begun++
			t.moving++
			return t.chunks[t.begun-1], false
		}
	}
	if len(s.stored) == 0 {
		return nil, false
	}
	c = s.stored[0]
	s.stored = s.stored[1:]
	return c, true
}

// done notes that a chunk was moved or compared, and says whether it was the last one of its table.
func (s *schedule) done(c *chunk) (loaded, compared bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	t := s.tables[c.table.index]
	if t.unmoved > 0 {
		t.moving--
		t.unmoved--
		return t.unmoved == 0, false
	}
	s.left--
	t.unequal--
	return false, t.unequal == 0
}

// compare adds a table's chunks to those to be compared.
func (s *schedule) compare(t *Table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	s.stored = append(s.stored, t.comparable()...)
}

func (s *schedule) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}
