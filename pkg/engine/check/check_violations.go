package check

import (
	"context"

	"overmind/pkg/engine"
)

// checkViolations looks for rows that their own CHECK refuses. MariaDB can be told to take them, MySQL cannot.
func checkViolations(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly || in.SourceServer.Flavour != engine.MariaDB || in.TargetServer.Flavour != engine.MySQL {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
		WHERE CONSTRAINT_SCHEMA = ? ORDER BY TABLE_NAME, CONSTRAINT_NAME`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	labels, conditions := map[string][]string{}, map[string][]string{}
	for _, row := range rows {
		labels[row[0]] = append(labels[row[0]], row[0]+"."+row[1])
		conditions[row[0]] = append(conditions[row[0]], "NOT ("+row[2]+")")
	}
	var findings []engine.Finding
	var violated []string
	for _, t := range in.Plan.Tables {
		if len(labels[t.Name]) == 0 {
			continue
		}
		found, err := anyRow(ctx, in, t.Name, conditions[t.Name])
		if err != nil {
			findings = append(findings, unfinished("check_violations "+t.Name, err))
			continue
		}
		for i, label := range labels[t.Name] {
			if found[i] {
				violated = append(violated, label)
			}
		}
	}
	if len(violated) == 0 {
		return findings, nil
	}
	return append(findings, block("check_violated", violated,
		"Rows on the source do not meet their CHECK constraints, and the target would not take them: "+join(violated)+".",
		"源端存在不满足 CHECK 约束的数据行，目标端不会接受："+join(violated)+"。",
		"Repair the rows or drop the constraints on the source.", "请在源端修正这些行，或删除相应约束。")), nil
}
