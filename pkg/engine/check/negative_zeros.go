package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// negativeZeros looks for values that MySQL prints as -0. In an INSERT that is the integer 0, and the sign is gone;
// MariaDB never stores it. They compare as equal, so this asks instead of refusing.
func negativeZeros(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly || in.SourceServer.Flavour != engine.MySQL {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND DATA_TYPE IN ('float', 'double') ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	var lost []string
	for _, t := range in.Plan.Tables {
		var names, tests []string
		for _, row := range rows {
			if row[0] == t.Name && t.Executor != engine.ExecutorNative {
				names = append(names, row[1])
				tests = append(tests, fmt.Sprintf("(%[1]s = 0 AND CONCAT(%[1]s) = '-0')", engine.Ident(row[1])))
			}
		}
		if len(tests) == 0 {
			continue
		}
		found, err := anyRow(ctx, in, t.Name, tests)
		if err != nil {
			return nil, err
		}
		for i, name := range names {
			if found[i] {
				lost = append(lost, t.Name+"."+name)
			}
		}
	}
	if len(lost) == 0 {
		return nil, nil
	}
	return []engine.Finding{confirm("negative_zero_lost", lost,
		"Negative zeros in these columns become zero: "+join(lost)+".",
		"以下列中的负零会变为零："+join(lost)+"。",
		"Accept it where -0 and 0 mean the same, which they do in every comparison.", "如果 -0 与 0 含义相同（所有比较均视为相等），即可接受。")}, nil
}
