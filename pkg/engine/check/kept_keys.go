package check

import (
	"context"
	"slices"

	"overmind/pkg/engine"
)

// keptKeys says that tables which are replaced, and kept for an undo, go on referring to tables that stay: while they are
// kept, these cannot lose rows that only the old ones refer to, and what the key cascades changes the old ones.
func keptKeys(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	tables := replaced(in.Plan, "table")
	if len(tables) == 0 {
		return nil, nil
	}
	keys, _, err := engine.IncomingKeys(ctx, in.Target, in.Spec.TargetDatabase)
	if err != nil {
		return nil, err
	}
	var kept []string
	for _, key := range keys {
		if key.Schema == in.Spec.TargetDatabase && slices.Contains(tables, key.Table) && !slices.Contains(tables, key.Parent) {
			kept = append(kept, key.String())
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return []engine.Finding{confirm("replaced_table_refers", kept,
		"While the replaced tables are kept for an undo, their foreign keys still hold for tables that stay: "+join(kept)+".",
		"被替换的表在保留以备撤销期间，其外键对保留的表仍然有效："+join(kept)+"。",
		"Copy the tables that they refer to as well. Or expect that rows of these cannot be deleted while a replaced row refers to them, and drop the replaced tables when no undo is needed.",
		"请同时复制被引用的表；否则，只要旧表中有行引用，被引用表的相应行就无法删除；无需撤销时请删除旧表。")}, nil
}
