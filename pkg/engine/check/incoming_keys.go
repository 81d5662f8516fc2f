package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// incomingKeys refuses to replace a table that a table outside the set refers to: the key would follow the old table
// out of the database. Where there may be such tables that the account does not see,
// a person has to know.
func incomingKeys(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	tables := replaced(in.Plan, "table")
	if len(tables) == 0 {
		return nil, nil
	}
	keys, whole, err := engine.IncomingKeys(ctx, in.Target, in.Spec.TargetDatabase)
	if err != nil {
		return nil, err
	}
	var outside []string
	for _, key := range engine.FromOutside(keys, in.Spec.TargetDatabase, tables) {
		outside = append(outside, key.String())
	}
	if len(outside) > 0 {
		return []engine.Finding{block("foreign_key_from_outside", outside,
			"Tables that stay refer to tables that would be replaced: "+join(outside)+".", "保留的表引用了将被替换的表："+join(outside)+"。",
			"Copy those tables too, or drop the foreign keys on the target first.", "请同时复制这些表，或先在目标端删除相应外键。")}, nil
	}
	r, err := readRights(ctx, in.Target)
	if err != nil || whole || r.global.has("SELECT") {
		return nil, err
	}
	return []engine.Finding{confirm("foreign_keys_unseen", nil,
		fmt.Sprintf("The load account %s sees no tables of other databases. Foreign keys of theirs that lead to tables which are replaced would lead to the old ones from then on, and their rows could not be stored any more.", r.account),
		fmt.Sprintf("写入账号 %s 看不到其他数据库的表。如果那里有外键指向将被替换的表，替换后这些外键将指向旧表，相关数据将无法写入。", r.account),
		fmt.Sprintf("Run on the target: GRANT PROCESS ON *.* TO %[2]s; Or confirm that no other database there has foreign keys into %[1]s.", engine.Ident(in.Spec.TargetDatabase), r.account),
		fmt.Sprintf("请在目标端执行：GRANT PROCESS ON *.* TO %[2]s; 或者确认目标端没有其他数据库的外键指向 %[1]s。", engine.Ident(in.Spec.TargetDatabase), r.account))}, nil
}
