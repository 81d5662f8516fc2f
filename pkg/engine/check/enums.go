package check

import (
	"context"
	"strings"

	"overmind/pkg/engine"
)

// enums looks for the error value of an ENUM that has the empty string as a member too: both are written as an empty text, and
// what comes back is the member.
func enums(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND DATA_TYPE = 'enum' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	tables, probes := tablesOf(in.Plan), map[string][]probe{}
	for _, row := range rows {
		native := tables[row[0]].Executor == engine.ExecutorNative
		if !native && (strings.Contains(row[2], "(''") || strings.Contains(row[2], ",'',") || strings.HasSuffix(row[2], ",'')")) {
			probes[row[0]] = append(probes[row[0]], probe{row[0] + "." + row[1], engine.Ident(row[1]) + " + 0 = 0"})
		}
	}
	wrong, err := met(ctx, in, probes)
	if len(wrong) == 0 {
		return nil, err
	}
	return []engine.Finding{block("enum_error_value", wrong,
		"These ENUM columns hold the error value beside a member '', and would come back as the member: "+join(wrong)+".",
		"以下 ENUM 列同时含有错误值和成员 ''，复制后错误值会变成该成员："+join(wrong)+"。",
		"Give the rows a member on the source (UPDATE … WHERE column = 0), or leave these tables out.",
		"请在源端将这些行改为有效成员（UPDATE … WHERE 列 = 0），或排除这些表。")}, err
}
