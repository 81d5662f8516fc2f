package native

import (
	"context"

	"overmind/pkg/fault"
)

// missed says why a target did not store all rows, as far as its warnings tell: LOCAL makes them of what are errors.
func (w *worker) missed(ctx context.Context, c *chunk, sent, stored int64) error {
	numbers, check, err := w.warnings(ctx)
	switch {
	case err == nil && numbers[1062]+numbers[1586] > 0:
		return fault.Wrap(&Duplicate{Table: c.table.Name}, fault.Invalid, "duplicate_key", "Some rows of table %s have equal keys on the target.", c.table.Name)
	case err == nil && check != "":
		return checkDiffers(c.table.Name, check, nil)
	}
	return fault.New(fault.Invalid, "row_count_mismatch", "The target stored %d of %d rows of table %s (%s): some of their values cannot be stored.",
		stored, sent, c.table.Name, c)
}

// listen remembers the numbers of the last statement's warnings, but for those that ENUM values without a name cause.
func (w *worker) listen(ctx context.Context, c *chunk, expected int64) error {
	var count int64
	if err := w.target.QueryRowContext(ctx, "SHOW COUNT(*) WARNINGS").Scan(&count); err != nil { // a SELECT would clear them
		return targetFault(c.table.Name, err)
	}
	if count == expected || c.table.Computes { // an expression may warn of each row; what is stored is compared
		return nil
	}
	numbers, _, err := w.warnings(ctx)
	if err != nil {
		return targetFault(c.table.Name, err)
	}
	for number := range elsewhere {
		count -= numbers[number]
		delete(numbers, number)
	}
	if count != expected {
		c.warn(numbers)
	}
	return nil
}

// elsewhere are warnings that are not about what is stored: about the target's binary log, and about the expression of a
// key, which is too long or too great for its type on the source too.
var elsewhere = map[int64]bool{1592: true, 3751: true, 3752: true}

// warnings counts the last statement's warnings by number, and names the first CHECK that refused a row. The texts hold
// values and are not kept.
func (w *worker) warnings(ctx context.Context) (numbers map[int64]int64, check string, err error) {
	found, err := w.target.QueryContext(ctx, "SHOW WARNINGS")
	if err != nil {
		return nil, "", err
	}
	defer found.Close()
	numbers = map[int64]int64{}
	for found.Next() {
		var level, text string
		var number int64
		if err := found.Scan(&level, &number, &text); err != nil {
			return nil, "", err
		}
		numbers[number]++
		if check == "" && (number == checkViolated || number == checkFailed) {
			check = quoted(text)
		}
	}
	return numbers, check, found.Err()
}
