package check

import (
	"context"
	"slices"

	"overmind/pkg/engine"
)

// revivedKeys names the foreign keys of tables that stay on the target and have no parent there, where the copy brings
// it: they hold from then on, or the target does not take the parent under this name.
func revivedKeys(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	keys, err := table(ctx, in.Target, `SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
		FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_SCHEMA = TABLE_SCHEMA
		ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`, in.Spec.TargetDatabase)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	brought, there := planned(in.Plan), replaced(in.Plan, "table")
	var revived, unfit []string
	for _, key := range keys {
		child, childColumn, parent, parentColumn := key[0], key[2], key[3], key[4]
		if !brought[parent] || slices.Contains(there, parent) || brought[child] {
			continue
		}
		label := child + "." + key[1] + " → " + parent + "." + parentColumn
		fits, err := columnMatches(ctx, in, child, childColumn, parent, parentColumn)
		switch {
		case err != nil:
			return nil, err
		case fits:
			revived = append(revived, label)
		default:
			unfit = append(unfit, label)
		}
	}
	var findings []engine.Finding
	if len(unfit) > 0 {
		findings = append(findings, block("kept_key_unfit", unfit,
			"Tables that stay on the target have foreign keys to tables that the copy brings with other columns: "+join(unfit)+".",
			"目标端保留的表有外键指向本次复制带来的表，但列不匹配："+join(unfit)+"。",
			"Drop these foreign keys on the target first.", "请先在目标端删除这些外键。"))
	}
	if len(revived) > 0 {
		findings = append(findings, confirm("kept_key_gains_parent", revived,
			"Tables that stay on the target have foreign keys to tables that only the copy brings, and they will hold from then on: "+join(revived)+".",
			"目标端保留的表有外键指向仅由本次复制带来的表，复制后这些外键将生效："+join(revived)+"。",
			"Expect that the copy cannot be undone while they refer to it, or drop these foreign keys on the target first.",
			"在这些外键存在期间，复制无法撤销；或先在目标端删除这些外键。"))
	}
	return findings, nil
}
