package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// incomingKeys refuses to replace a table that a table outside the set refers to: the key would follow the old table
// out of the database. It says so where there may be such tables that the account does not see.
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
	return []engine.Finding{note("foreign_keys_unseen", nil,
		fmt.Sprintf("The load account %s sees no tables of other databases, so it is not known whether some of them refer to tables that are replaced.", r.account),
		fmt.Sprintf("写入账号 %s 看不到其他数据库的表，无法确认是否有表引用了将被替换的表。", r.account),
		fmt.Sprintf("If other databases on the target may hold foreign keys into %[1]s, run there: GRANT PROCESS ON *.* TO %[2]s;", engine.Ident(in.Spec.TargetDatabase), r.account),
		fmt.Sprintf("如果目标端其他数据库可能有指向 %[1]s 的外键，请在目标端执行：GRANT PROCESS ON *.* TO %[2]s;", engine.Ident(in.Spec.TargetDatabase), r.account))}, nil
}
