package check

import (
	"context"

	"overmind/pkg/engine"
)

// srids names the columns that MySQL keeps to one SRID: MariaDB remembers which it is, but takes values of any other.
func srids(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.SourceServer.Flavour != engine.MySQL || in.TargetServer.Flavour == engine.MySQL {
		return nil, nil
	}
	columns, err := foreignParts(ctx, in, []string{
		"SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (SRID ', SRS_ID, ')') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND SRS_ID IS NOT NULL ORDER BY 2",
	})
	if err != nil || len(columns) == 0 {
		return nil, err
	}
	return []engine.Finding{confirm("srid_not_enforced", columns,
		"The target remembers the SRID of these columns (REF_SYSTEM_ID), but takes values of any other: "+join(columns)+".",
		"目标端会记录以下列的 SRID（REF_SYSTEM_ID），但仍接受其他 SRID 的值："+join(columns)+"。",
		"The values are the same; only new ones of another SRID are no longer refused.", "现有数据不变，只是不再拒绝其他 SRID 的新值。")}, nil
}
