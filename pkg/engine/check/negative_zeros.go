package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// negativeZeros looks for values that MySQL prints as -0. In an INSERT of the client programs that is the integer 0, and
// MariaDB stores it in no way, so that the sign is gone.
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
			if row[0] == t.Name && (t.Executor != engine.ExecutorNative || in.TargetServer.Flavour == engine.MariaDB) {
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
	return []engine.Finding{block("negative_zero_lost", lost,
		"Negative zeros in these columns would become zero: "+join(lost)+".",
		"以下列中的负零会变为零："+join(lost)+"。",
		"Run on the source, for each column: UPDATE … SET column = 0 WHERE column = 0, which changes no comparison. To a MySQL server the native engine keeps the sign.",
		"请在源端对每一列执行：UPDATE … SET 列 = 0 WHERE 列 = 0（不影响任何比较）。目标为 MySQL 时，原生引擎可保留符号。")}, nil
}
