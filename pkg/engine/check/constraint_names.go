package check

import (
	"context"
	"strings"

	"overmind/pkg/engine"
)

// constraintNames foresees that the names of constraints meet those of tables that stay: a database has the name of a
// foreign key once, and MySQL's that of a CHECK too.
func constraintNames(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	kinds := []string{"FOREIGN KEY"}
	if in.TargetServer.Flavour == engine.MySQL {
		kinds = append(kinds, "CHECK")
	}
	going := map[string]bool{}
	for _, name := range replaced(in.Plan, "table") {
		going[name] = true
	}
	var taken []string
	for _, kind := range kinds {
		const list = `SELECT TABLE_NAME, CONSTRAINT_NAME FROM information_schema.TABLE_CONSTRAINTS
			WHERE CONSTRAINT_SCHEMA = ? AND CONSTRAINT_TYPE = ? ORDER BY TABLE_NAME, CONSTRAINT_NAME`
		there, err := table(ctx, in.Target, list, in.Spec.TargetDatabase, kind)
		if err != nil {
			return nil, err
		}
		holder := map[string]string{}
		for _, row := range there {
			if !going[row[0]] {
				holder[strings.ToLower(row[1])] = row[0]
			}
		}
		if len(holder) == 0 {
			continue
		}
		brought, err := table(ctx, in.Source, list, in.Spec.SourceDatabase, kind)
		if err != nil {
			return nil, err
		}
		inPlan := planned(in.Plan)
		for _, row := range brought {
			if other, ok := holder[strings.ToLower(row[1])]; ok && inPlan[row[0]] {
				taken = append(taken, row[0]+"."+row[1]+" = "+other+"."+row[1])
			}
		}
	}
	if len(taken) == 0 {
		return nil, nil
	}
	return []engine.Finding{block("constraint_name_taken", taken,
		"Tables that stay on the target have constraints of the same names: "+join(taken)+".", "目标库中保留的表已使用相同的约束名："+join(taken)+"。",
		"Rename the constraints on one of the sides, or copy those tables too.", "请在任一端重命名这些约束，或同时复制那些表。")}, nil
}
