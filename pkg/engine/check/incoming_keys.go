package check

import (
	"context"

	"overmind/pkg/engine"
)

// incomingKeys refuses to replace a table that a table outside the set refers to: the key would follow the old table
// out of the database. Tables that an earlier copy replaced and that are kept for its undo may follow.
func incomingKeys(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	tables := replaced(in.Plan, "table")
	if len(tables) == 0 {
		return nil, nil
	}
	goes := map[string]bool{}
	for _, name := range tables {
		goes[name] = true
	}
	rows, err := table(ctx, in.Target, `SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME
		FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_SCHEMA = ? ORDER BY 1, 2, 3`, in.Spec.TargetDatabase)
	if err != nil {
		return nil, err
	}
	var outside []string
	for _, row := range rows {
		schema, child, constraint, parent := row[0], row[1], row[2], row[3]
		if goes[parent] && !(schema == in.Spec.TargetDatabase && goes[child]) && !engine.IsOwnSchema(schema) {
			outside = append(outside, schema+"."+child+"."+constraint+" → "+parent)
		}
	}
	if len(outside) == 0 {
		return nil, nil
	}
	return []engine.Finding{block("foreign_key_from_outside", outside,
		"Tables that stay refer to tables that would be replaced: "+join(outside)+".", "保留的表引用了将被替换的表："+join(outside)+"。",
		"Copy those tables too, or drop the foreign keys on the target first.", "请同时复制这些表，或先在目标端删除相应外键。")}, nil
}
