package native

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"golang.org/x/sync/errgroup"

	"overmind/pkg/fault"
)

// Chunks is in how many parts a moved table can be verified at a time.
func (t *Table) Chunks() int { return len(t.comparable()) }

// comparable are the ranges that hold the same rows on both sides; sums of ranges add up to that of the whole table.
func (t *Table) comparable() []*chunk {
	if !t.Reordered {
		return t.chunks
	}
	all := &chunk{table: t}
	for _, c := range t.chunks {
		all.sent.rows += c.sent.rows
		all.sent.hash += c.sent.hash
	}
	return []*chunk{all}
}

// Verify reads a moved table back over one or more target sessions and compares every chunk with what was read from
// the source. It returns a checksum of the rows that does not depend on their order. Fault code: checksum_mismatch,
// which names table and range.
func (t *Table) Verify(ctx context.Context, conns []*sql.Conn, gate Gate) (checksum string, err error) {
	parts := t.comparable()
	queue := make(chan *chunk, len(parts))
	for _, c := range parts {
		queue <- c
	}
	close(queue)
	group, ctx := errgroup.WithContext(ctx)
	for _, conn := range conns {
		group.Go(func() error {
			if err := asBytes(ctx, conn); err != nil {
				return targetFault(t.Name, err)
			}
			for c := range queue {
				if err := c.verify(ctx, conn, gate); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	var all sum
	for _, c := range t.chunks {
		all.hash += c.sent.hash
	}
	return fmt.Sprintf("xxh64sum:%016x", all.hash), nil
}

func (c *chunk) verify(ctx context.Context, conn *sql.Conn, gate Gate) error {
	var stored sum
	size := 0
	err := rows(ctx, conn, c.query(c.table.Target), func(_ []driver.Value, line []byte) error {
		stored.add(line)
		if size += len(line); size < blockBytes {
			return nil
		}
		passed := size
		size = 0
		c.table.compared.Add(int64(passed))
		return gate.pass(ctx, passed)
	})
	if err != nil {
		return targetFault(c.table.Name, err)
	}
	if stored != c.sent {
		return fault.New(fault.Invalid, "checksum_mismatch", "Table %s differs on the target in the range %s: %d rows, %016x, but %d rows, %016x were read from the source.",
			c.table.Name, c, stored.rows, stored.hash, c.sent.rows, c.sent.hash)
	}
	return nil
}
