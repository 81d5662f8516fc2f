package check

import (
	"context"

	"overmind/pkg/engine"
)

// unsupported refuses by name what the dump would copy differently: the history of system-versioned tables is left out,
// and MariaDB's dump names generated columns in its INSERTs, which MySQL does not take.
func unsupported(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	inPlan := planned(in.Plan)
	var findings []engine.Finding
	versioned, err := column(ctx, in.Source, `SELECT TABLE_NAME FROM information_schema.TABLES
		WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'SYSTEM VERSIONED' ORDER BY TABLE_NAME`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	if versioned = only(versioned, inPlan); len(versioned) > 0 {
		findings = append(findings, block("system_versioned", versioned,
			"The history of system-versioned tables cannot be copied: "+join(versioned)+".", "无法复制系统版本表的历史数据："+join(versioned)+"。",
			"Leave these tables out.", "请排除这些表。"))
	}
	if in.Spec.Content == engine.StructureOnly || in.SourceServer.Flavour != engine.MariaDB || in.TargetServer.Flavour != engine.MySQL {
		return findings, nil
	}
	columns, err := table(ctx, in.Source, `SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND IS_GENERATED = 'ALWAYS' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return findings, err
	}
	for _, t := range in.Plan.Tables { // the native executor does not name them
		inPlan[t.Name] = t.Executor != engine.ExecutorNative
	}
	if generated := second(columns, inPlan); len(generated) > 0 {
		findings = append(findings, block("generated_column", generated,
			"Generated columns cannot be copied from MariaDB to MySQL: "+join(generated)+".", "无法将生成列从 MariaDB 复制到 MySQL："+join(generated)+"。",
			"Leave these tables out, or copy to a MariaDB server.", "请排除这些表，或复制到 MariaDB 服务器。"))
	}
	return findings, nil
}

// only keeps the names that are in the plan.
func only(names []string, inPlan map[string]bool) []string {
	var kept []string
	for _, name := range names {
		if inPlan[name] {
			kept = append(kept, name)
		}
	}
	return kept
}

// second keeps the second column of the rows whose first is a table in the plan.
func second(rows [][]string, inPlan map[string]bool) []string {
	var kept []string
	for _, row := range rows {
		if inPlan[row[0]] {
			kept = append(kept, row[1])
		}
	}
	return kept
}
