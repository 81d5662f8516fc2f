package native

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"overmind/pkg/fault"
)

// Checksum is one of the table's rows that does not depend on their order. It is known once they were compared.
func (t *Table) Checksum() string { return fmt.Sprintf("xxh64sum:%016x", t.whole().sent.hash) }

// whole is all of a moved table as one chunk: sums of ranges add up.
func (t *Table) whole() *chunk {
	all := &chunk{table: t}
	for _, c := range t.chunks {
		all.sent.rows += c.sent.rows
		all.sent.hash += c.sent.hash
	}
	return all
}

// comparable are the ranges that hold the same rows on both sides and are not compared yet.
func (t *Table) comparable() []*chunk {
	if t.Reordered {
		return []*chunk{t.whole()}
	}
	return slices.DeleteFunc(slices.Clone(t.chunks), func(c *chunk) bool { return c.compared })
}

// verify reads a stored chunk back and compares it with what was read from the source.
func (c *chunk) verify(ctx context.Context, conn *sql.Conn, gate Gate) error {
	stored := lines{spill: func(data []byte, _ bool) ([]byte, error) {
		c.table.compared.Add(int64(len(data)))
		return data[:0], gate.pass(ctx, len(data))
	}}
	if err := rows(ctx, conn, c.query(c.table.Target), stored.add); err != nil {
		return targetFault(c.table.Name, err)
	}
	c.table.compared.Add(int64(len(stored.data)))
	if stored.sum != c.sent {
		return fault.New(fault.Invalid, "checksum_mismatch", "Table %s differs on the target in the range %s: %d rows, %016x, but %d rows, %016x were read from the source.",
			c.table.Name, c, stored.sum.rows, stored.sum.hash, c.sent.rows, c.sent.hash)
	}
	return nil
}
