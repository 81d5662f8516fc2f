package check

import (
	"context"

	"overmind/pkg/engine"
)

// unsupported refuses by name tables of which a part would be left out: the history of system-versioned ones, and the
// sequences that others take their defaults from.
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
	if in.SourceServer.Flavour != engine.MariaDB {
		return findings, nil
	}
	counted, err := table(ctx, in.Source, "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS "+
		"WHERE TABLE_SCHEMA = ? AND COLUMN_DEFAULT REGEXP '(^|[^a-z0-9_])(next|last|set)val[(]`' ORDER BY TABLE_NAME, ORDINAL_POSITION", in.Spec.SourceDatabase)
	if named := second(counted, inPlan); len(named) > 0 {
		findings = append(findings, block("sequence_default", named,
			"Sequences are not copied, and these columns take their defaults from some: "+join(named)+".", "序列不会被复制，而以下列的默认值来自序列："+join(named)+"。",
			"Leave these tables out, or give the columns another default, such as AUTO_INCREMENT.", "请排除这些表，或改用其他默认值（如 AUTO_INCREMENT）。"))
	}
	return findings, err
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
