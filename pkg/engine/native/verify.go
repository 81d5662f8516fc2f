package native

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"

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
		all.warn(c.warned)
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
func (w *worker) verify(ctx context.Context, c *chunk) error {
	stored := lines{spill: func(data []byte, _ bool) ([]byte, error) {
		c.table.compared.Add(int64(len(data)))
		return data[:0], w.job.Gate.pass(ctx, len(data))
	}}
	if err := rows(ctx, w.target, c.query(c.table.Target), stored.add); err != nil {
		return targetFault(c.table.Name, err)
	}
	c.table.compared.Add(int64(len(stored.data)))
	if stored.sum != c.sent {
		return w.differs(ctx, c, stored.sum)
	}
	return nil
}

// Codes of a Run that ends because no copy of a table is exact.
const (
	ComputedDifferently = "computed_differently" // the servers make different things of a generated column or a CHECK
	ValueChanged        = "value_changed"        // the target stores another value
	ValueNotOnTarget    = "value_not_on_target"  // the target does not take a value
)

// differs says what is not equal, as far as it can be seen.
func (w *worker) differs(ctx context.Context, c *chunk, stored sum) error {
	var stale, computed []string
	if stored.rows == c.sent.rows {
		columns, err := w.unequal(ctx, c)
		if err != nil {
			return err
		}
		for _, column := range columns {
			if column.Generated {
				computed = append(computed, column.Ident)
			} else {
				stale = append(stale, column.Ident)
			}
		}
	}
	if len(stale) == 0 && len(computed) > 0 {
		return fault.New(fault.Invalid, ComputedDifferently, "The target computes generated columns of table %s differently from the same values: %s. Its kind of server does, or the source computed some in sessions with other settings, such as time_zone. Give them expressions on the source that give the same everywhere, or leave the table out.",
			c.table.Name, strings.Join(computed, ", "))
	}
	where := ""
	if len(stale) > 0 {
		where = " It is about the columns " + strings.Join(stale, ", ") + "."
	}
	if numbers := slices.Sorted(maps.Keys(c.warned)); len(numbers) > 0 {
		return fault.New(fault.Invalid, ValueChanged, "The target stores some values of table %s changed, and warns of it with the numbers %v.%s", c.table.Name, numbers, where)
	}
	return fault.New(fault.Invalid, "checksum_mismatch", "Table %s differs on the target in the range %s: %d rows, %016x, but %d rows, %016x were read from the source.%s",
		c.table.Name, c, stored.rows, stored.hash, c.sent.rows, c.sent.hash, where)
}

// unequal reads a chunk again on both sides and gives the columns that hold other values.
func (w *worker) unequal(ctx context.Context, c *chunk) ([]Column, error) {
	read, err := w.columnSums(ctx, w.source, c.query(c.table.Source))
	if err != nil {
		return nil, sourceFault(c.table.Name, err)
	}
	stored, err := w.columnSums(ctx, w.target, c.query(c.table.Target))
	if err != nil {
		return nil, targetFault(c.table.Name, err)
	}
	var columns []Column
	for i, column := range c.table.Columns {
		if i < len(read) && i < len(stored) && read[i] != stored[i] {
			columns = append(columns, column)
		}
	}
	return columns, nil
}

// columnSums sums up each column's values, whatever the order of the rows.
func (w *worker) columnSums(ctx context.Context, conn *sql.Conn, query string) (sums []uint64, err error) {
	one := lines{spill: discard}
	err = rows(ctx, conn, query, func(values []driver.Value) error {
		size := 0
		for len(sums) < len(values) {
			sums = append(sums, 0)
		}
		for i := range values {
			one.sum = sum{}
			if err := one.add(values[i : i+1]); err != nil {
				return err
			}
			sums[i] += one.sum.hash
			size += len(one.data)
			one.data = one.data[:0]
		}
		return w.job.Gate.pass(ctx, size)
	})
	return sums, err
}
