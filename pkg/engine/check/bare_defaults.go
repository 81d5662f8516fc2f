package check

import (
	"context"
	"strings"

	"overmind/pkg/engine"
)

// bareDefaults names the columns that may be NULL and have no default, not even NULL: MariaDB makes them of a query only
// (CREATE TABLE … SELECT MAX(a)), never of a definition, and gives them the default NULL instead.
func bareDefaults(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.TargetServer.Flavour != engine.MariaDB {
		return nil, nil
	}
	var bare []string
	for _, d := range in.Definitions {
		for _, name := range d.Bare {
			bare = append(bare, strings.TrimPrefix(d.Object, "table ")+"."+name)
		}
	}
	if in.SourceServer.Flavour == engine.MariaDB { // which lists a default of NULL as the word
		rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS
			WHERE TABLE_SCHEMA = ? AND COLUMN_DEFAULT IS NULL AND IS_NULLABLE = 'YES' AND COALESCE(GENERATION_EXPRESSION, '') = ''
				AND EXTRA NOT LIKE '%auto_increment%' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
		if err != nil {
			return nil, err
		}
		bare = second(rows, planned(in.Plan))
	}
	if len(bare) == 0 {
		return nil, nil
	}
	return []engine.Finding{confirm("default_becomes_null", bare,
		"These columns may be NULL but have no default at all, which MariaDB has no statement for; on the target their default is NULL: "+join(bare)+".",
		"以下列可为 NULL 但没有任何默认值，MariaDB 无法以语句定义这种列，在目标端其默认值将为 NULL："+join(bare)+"。",
		"Make sure that no program relies on the refusal of rows that leave these columns out. Rows stay the same.",
		"请确认没有程序依赖“省略这些列即被拒绝”的行为；数据不变。")}, nil
}
