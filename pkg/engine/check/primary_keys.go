package check

import (
	"context"

	"overmind/pkg/engine"
)

// primaryKeys foresees what a target that insists on primary keys does to tables that have none: it refuses them, or
// adds a column to them. The sessions of a copy turn that off where they may, so what is still on stays on.
func primaryKeys(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	rows, err := table(ctx, in.Target, `SHOW SESSION VARIABLES WHERE Variable_name IN
		('sql_require_primary_key', 'sql_generate_invisible_primary_key', 'innodb_force_primary_key') AND Value = 'ON'`)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var insists []string
	for _, row := range rows {
		insists = append(insists, row[0])
	}
	have, err := table(ctx, in.Source, `SELECT DISTINCT TABLE_NAME FROM information_schema.STATISTICS
		WHERE TABLE_SCHEMA = ? AND INDEX_NAME = 'PRIMARY'`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	without := planned(in.Plan)
	for _, row := range have {
		delete(without, row[0])
	}
	var names []string
	for _, t := range in.Plan.Tables {
		if without[t.Name] {
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	r, err := readRights(ctx, in.Target)
	if err != nil {
		return nil, err
	}
	remedy, remedyZH := "Give the tables a primary key on the source.", "请在源端为这些表添加主键。"
	if in.TargetServer.Flavour == engine.MySQL {
		remedy = "Run on the target: GRANT SESSION_VARIABLES_ADMIN ON *.* TO " + r.account + "; or give the tables a primary key."
		remedyZH = "请在目标端执行：GRANT SESSION_VARIABLES_ADMIN ON *.* TO " + r.account + "; 或为这些表添加主键。"
	}
	return []engine.Finding{block("primary_key_required", names,
		"The target ("+join(insists)+") does not take these tables as they are, without a primary key: "+join(names)+".",
		"目标服务器（"+join(insists)+"）不接受以下没有主键的表："+join(names)+"。", remedy, remedyZH)}, nil
}
