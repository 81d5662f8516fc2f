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
	tables, probes := tablesOf(in.Plan), map[string][]probe{}
	for _, row := range rows {
		if tables[row[0]].Executor != engine.ExecutorNative || in.TargetServer.Flavour == engine.MariaDB {
			probes[row[0]] = append(probes[row[0]], probe{row[0] + "." + row[1], fmt.Sprintf("(%[1]s = 0 AND CONCAT(%[1]s) = '-0')", engine.Ident(row[1]))})
		}
	}
	lost, err := met(ctx, in, probes)
	if len(lost) == 0 {
		return nil, err
	}
	return []engine.Finding{block("negative_zero_lost", lost,
		"Negative zeros in these columns would become zero: "+join(lost)+".",
		"以下列中的负零会变为零："+join(lost)+"。",
		"Run on the source, for each column: UPDATE … SET column = 0 WHERE column = 0, which changes no comparison. To a MySQL server the native engine keeps the sign.",
		"请在源端对每一列执行：UPDATE … SET 列 = 0 WHERE 列 = 0（不影响任何比较）。目标为 MySQL 时，原生引擎可保留符号。")}, err
}
