package native

import (
	"context"
	"io"
)

// block is some rows on their way, as the statement wants them.
type block struct {
	data  []byte
	whole bool // it ends with a row
	rows  int64
	zeros int64 // ENUM values without a name: storing one is a warning
}

// flow hands blocks from the session that reads to the session that stores. As an io.Reader it gives their bytes, and
// ends with each part.
type flow struct {
	ctx     context.Context
	full    chan block
	free    chan []byte
	err     error  // why the rows are not complete; read after full was closed
	current []byte // being read
	unread  []byte // the rest of current

	most               int64 // bytes of a part: it ends with the block that makes it longer; 0 = all is one part
	over               bool  // no part follows
	rows, zeros, bytes int64 // taken of this part
	whole              bool  // what was taken ends with a row
}

// newFlow uses the buffers that are in free; those that an earlier flow lost are made again.
func newFlow(ctx context.Context, free chan []byte) *flow {
	for len(free) < blocks {
		free <- nil
	}
	return &flow{ctx: ctx, full: make(chan block, 1), free: free}
}

// empty is a buffer to fill.
func (f *flow) empty() []byte {
	select {
	case b := <-f.free:
		if b == nil {
			b = make([]byte, 0, blockBytes+blockBytes/8)
		}
		return b[:0]
	case <-f.ctx.Done():
		return nil
	}
}

func (f *flow) give(b block) error {
	select {
	case f.full <- b:
		return nil
	case <-f.ctx.Done():
		return f.ctx.Err()
	}
}

// end says that no block follows; err is why not all rows were given.
func (f *flow) end(err error) {
	f.err = err
	close(f.full)
}

// next takes the oldest block; false at the end of the part.
func (f *flow) next() (block, bool) {
	if f.most > 0 && f.bytes >= f.most && f.whole {
		return block{}, false
	}
	b, ok := <-f.full
	f.over = !ok
	f.rows += b.rows
	f.zeros += b.zeros
	f.bytes += int64(len(b.data))
	f.whole = b.whole
	return b, ok
}

// nextPart lets next go on.
func (f *flow) nextPart() { f.rows, f.zeros, f.bytes = 0, 0, 0 }

// done gives a taken block's buffer back. A buffer that held one very long row is not kept.
func (f *flow) done(data []byte) {
	if cap(data) > 4*blockBytes {
		data = nil
	}
	f.free <- data
}

// drain throws away what is left and says why the rows were not complete.
func (f *flow) drain() error {
	for b := range f.full {
		f.done(b.data)
	}
	return f.err
}

// Read implements io.Reader over the blocks' bytes.
func (f *flow) Read(p []byte) (int, error) {
	if len(f.unread) == 0 {
		b, ok := f.next()
		switch {
		case ok:
			f.current, f.unread = b.data, b.data
		case f.over && f.err != nil:
			return 0, f.err
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, f.unread)
	if f.unread = f.unread[n:]; len(f.unread) == 0 {
		f.done(f.current)
	}
	return n, nil
}
