package check

import (
	"context"

	"overmind/pkg/engine"
)

// generatedColumns looks at what the dump programs make of generated columns: MariaDB's names them in its INSERTs, which
// MySQL does not take, and MySQL's writes broken rows for a table that has no others. Neither shows whether another kind
// of server computes the same values.
func generatedColumns(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	same := in.SourceServer.Flavour == in.TargetServer.Flavour
	if in.Spec.Content == engine.StructureOnly || in.Dump == "" || same && in.Dump == engine.MariaDB && in.TargetServer.Flavour == engine.MariaDB {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME), COALESCE(GENERATION_EXPRESSION, '') <> ''
		FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	generated, others := map[string][]string{}, map[string]bool{}
	for _, row := range rows {
		if row[2] == "1" {
			generated[row[0]] = append(generated[row[0]], row[1])
		} else {
			others[row[0]] = true
		}
	}
	var named []string
	for _, t := range in.Plan.Tables {
		if !same || in.Dump == engine.MariaDB || !others[t.Name] {
			named = append(named, generated[t.Name]...)
		}
	}
	if len(named) == 0 {
		return nil, nil
	}
	return []engine.Finding{block("generated_column", named,
		"The client programs on this host cannot copy these generated columns to the target, or not show that it computes the same values: "+join(named)+".",
		"本机的客户端程序无法将以下生成列复制到目标端，或无法证明目标端会算出相同的值："+join(named)+"。",
		"Let the engine choose how rows are moved, or leave these tables out. From MySQL to MySQL, with other columns beside them, MySQL's own client programs do as well.",
		"请让引擎自行选择数据搬运方式，或排除这些表。若两端均为 MySQL 且表中另有普通列，也可安装 MySQL 自带的客户端程序。")}, nil
}
