package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"overmind/pkg/engine/native"
	"overmind/pkg/fault"
)

// duplicates says it where rows have equal keys on the target because it compares them under another collation. err is
// what ended the loading; any other comes back as it is.
func (r *run) duplicates(ctx context.Context, err error) error {
	if !fault.Is(err, "duplicate_key") && !fault.Is(err, "index_failed") {
		return err
	}
	var duplicate *native.Duplicate
	known := errors.As(err, &duplicate)
	if fault.Is(err, "index_failed") && !known {
		return err
	}
	keys, failed := r.comparedAnew(ctx)
	if failed != nil {
		return errors.Join(err, failed)
	}
	var where []string
	for _, t := range r.tables {
		if len(keys[t.name]) > 0 && (known && t.name == duplicate.Table || !known && t.moved().Began()) {
			where = append(where, fmt.Sprintf("table %s (%s)", t.name, strings.Join(keys[t.name], ", ")))
		}
	}
	if len(where) == 0 {
		return err
	}
	return fault.Wrap(err, fault.Invalid, "collation_duplicates",
		"The target compares keys under another collation, and takes values for equal that the source tells apart: %s. Change these values, or the collation, on the source.", strings.Join(where, "; "))
}

// comparedAnew lists by table the unique keys whose values the target may compare in another way.
func (r *run) comparedAnew(ctx context.Context) (map[string][]string, error) {
	columns, err := r.columnsComparedAnew(ctx)
	if err != nil {
		return nil, err
	}
	keys := map[string][]string{}
	err = eachRow(ctx, r.source, `SELECT TABLE_NAME, INDEX_NAME, COALESCE(COLUMN_NAME, '') FROM information_schema.STATISTICS
		WHERE TABLE_SCHEMA = ? AND NON_UNIQUE = 0 ORDER BY TABLE_NAME, INDEX_NAME <> 'PRIMARY', INDEX_NAME`, r.spec.SourceDatabase, func(scan func(...any) error) error {
		var table, index, column string
		if err := scan(&table, &index, &column); err != nil {
			return err
		}
		if columns[[2]string{table, column}] && !slices.Contains(keys[table], index) {
			keys[table] = append(keys[table], index)
		}
		return nil
	})
	return keys, err
}

// columnsComparedAnew are the columns, each with its table, whose values the target may compare in another way.
func (r *run) columnsComparedAnew(ctx context.Context) (map[[2]string]bool, error) {
	columns := map[[2]string]bool{}
	if r.translation.same() {
		return columns, nil
	}
	err := eachRow(ctx, r.source, "SELECT TABLE_NAME, COLUMN_NAME, COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLLATION_NAME IS NOT NULL",
		r.spec.SourceDatabase, func(scan func(...any) error) error {
			var id [2]string
			var collation string
			err := scan(&id[0], &id[1], &collation)
			columns[id] = r.translation.comparesAnew(collation)
			return err
		})
	return columns, err
}
