package check

import (
	"context"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// keylessReferences names the foreign keys without a key over their columns: servers add one whenever they make such a
// constraint, and MariaDB lets it be dropped while it is told not to check.
func keylessReferences(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.SourceServer.Flavour != engine.MariaDB {
		return nil, nil
	}
	references, err := columnsOf(ctx, in, `SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE
		WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`)
	if err != nil || len(references) == 0 {
		return nil, err
	}
	keys, err := columnsOf(ctx, in, `SELECT TABLE_NAME, INDEX_NAME, IF(SUB_PART IS NULL, COLUMN_NAME, '') FROM information_schema.STATISTICS
		WHERE TABLE_SCHEMA = ? AND INDEX_TYPE = 'BTREE' ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`)
	if err != nil {
		return nil, err
	}
	inPlan := planned(in.Plan)
	var keyless []string
	for _, r := range references {
		covers := func(k namedColumns) bool {
			return k.table == r.table && len(k.columns) >= len(r.columns) && slices.EqualFunc(k.columns[:len(r.columns)], r.columns, strings.EqualFold)
		}
		if inPlan[r.table] && !slices.ContainsFunc(keys, covers) {
			keyless = append(keyless, r.table+"."+r.name)
		}
	}
	if len(keyless) == 0 {
		return nil, nil
	}
	return []engine.Finding{confirm("foreign_key_gets_key", keyless,
		"These foreign keys have no key over their columns, and the target adds one for each: "+join(keyless)+".", "以下外键的列上没有索引，目标端会为其各自动添加一个："+join(keyless)+"。",
		"Accept it, or add these keys on the source too.", "可以接受，或在源端也添加这些索引。")}, nil
}

// namedColumns are the columns of a key or a constraint in its order.
type namedColumns struct {
	table, name string
	columns     []string
}

// columnsOf groups rows of a table, a name and a column.
func columnsOf(ctx context.Context, in engine.CheckInput, query string) ([]namedColumns, error) {
	rows, err := table(ctx, in.Source, query, in.Spec.SourceDatabase)
	var all []namedColumns
	for _, row := range rows {
		if last := len(all) - 1; last < 0 || all[last].table != row[0] || all[last].name != row[1] {
			all = append(all, namedColumns{table: row[0], name: row[1]})
		}
		all[len(all)-1].columns = append(all[len(all)-1].columns, row[2])
	}
	return all, err
}
