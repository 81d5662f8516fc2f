package check

import (
	"context"

	"overmind/pkg/engine"
)

// jsonTexts names the columns whose JSON becomes text, which is what MariaDB keeps of it.
func jsonTexts(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.SourceServer.Flavour != engine.MySQL || in.TargetServer.Flavour == engine.MySQL {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND DATA_TYPE = 'json' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	texts := second(rows, planned(in.Plan))
	if len(texts) == 0 {
		return nil, nil
	}
	return []engine.Finding{confirm("json_becomes_text", texts,
		"MariaDB keeps JSON as text that it checks: it sorts and compares these columns as text, and dates, decimals and binary in them become the text that MySQL shows: "+join(texts)+".",
		"MariaDB 以经过校验的文本保存 JSON，以下列将按文本排序和比较，其中的日期、定点数和二进制值会变成 MySQL 所显示的文本："+join(texts)+"。",
		"Make sure that nothing on the target relies on MySQL's order, equality or types of JSON.", "请确认目标端不依赖 MySQL 的 JSON 排序、相等规则或值类型。")}, nil
}
