package check

import (
	"context"
	"strings"

	"overmind/pkg/engine"
)

// onlyIn lists the column types that the other flavour does not have, or does not have in the same form.
var onlyIn = map[engine.Flavour]string{
	engine.MariaDB: "uuid inet4 inet6 xmltype vector",
	engine.MySQL:   "vector",
}

// types refuses columns whose type the target's flavour does not have.
func types(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.SourceServer.Flavour == in.TargetServer.Flavour {
		return nil, nil
	}
	columns, err := table(ctx, in.Source, `SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (', DATA_TYPE, ')'), LOWER(DATA_TYPE)
		FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	foreign := map[string]bool{}
	for _, name := range strings.Fields(onlyIn[in.SourceServer.Flavour]) {
		foreign[name] = true
	}
	var kept [][]string
	for _, row := range columns {
		if foreign[row[2]] {
			kept = append(kept, row)
		}
	}
	named := second(kept, planned(in.Plan))
	if len(named) == 0 {
		return nil, nil
	}
	return []engine.Finding{block("type_not_on_target", named,
		"The target's kind of server has no such column types: "+join(named)+".", "目标类型的服务器不支持以下列类型："+join(named)+"。",
		"Leave these tables out, or change the columns' types.", "请排除这些表，或更改列类型。")}, nil
}
