package check

import (
	"context"

	"overmind/pkg/engine"
)

// timestampDefaults refuses columns that a target gives a default which they do not have on the source: one that runs
// without explicit_defaults_for_timestamp, where our session may not set it.
func timestampDefaults(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	explicit, err := column(ctx, in.Target, "SELECT @@explicit_defaults_for_timestamp")
	if err != nil || len(explicit) == 1 && explicit[0] == "1" {
		return nil, err
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND DATA_TYPE = 'timestamp' AND IS_NULLABLE = 'NO' AND COLUMN_DEFAULT IS NULL
			AND COALESCE(GENERATION_EXPRESSION, '') = '' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	given := second(rows, planned(in.Plan))
	if len(given) == 0 {
		return nil, nil
	}
	return []engine.Finding{block("timestamp_gains_default", given,
		"These TIMESTAMP columns have no default, and the target would give them one ('0000-00-00 00:00:00' or the current time): it runs with explicit_defaults_for_timestamp=OFF, which the load account cannot change for its session: "+join(given)+".",
		"以下 TIMESTAMP 列没有默认值，但目标端会为其加上默认值（'0000-00-00 00:00:00' 或当前时间）：目标端以 explicit_defaults_for_timestamp=OFF 运行，且写入账号无法在会话中更改："+join(given)+"。",
		"Set explicit_defaults_for_timestamp=ON in the target's configuration and restart it; on MySQL, the load account may be given SUPER or SESSION_VARIABLES_ADMIN instead. Or leave these tables out.",
		"请在目标端配置中设置 explicit_defaults_for_timestamp=ON 并重启；在 MySQL 上也可授予写入账号 SUPER 或 SESSION_VARIABLES_ADMIN 权限；或排除这些表。")}, nil
}
