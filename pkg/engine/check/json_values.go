package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// jsonValues looks for JSON that is more than its text: MySQL keeps dates, decimals and binary in it, and what is read
// back from the text are strings and other numbers.
func jsonValues(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly || in.SourceServer.Flavour != engine.MySQL {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND DATA_TYPE = 'json' AND COALESCE(GENERATION_EXPRESSION, '') = '' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	labels, conditions := map[string][]string{}, map[string][]string{}
	for _, row := range rows {
		name, text := row[0], "CAST("+engine.Ident(row[1])+" AS CHAR)"
		labels[name] = append(labels[name], name+"."+row[1])
		conditions[name] = append(conditions[name], fmt.Sprintf("NOT (%[1]s = CAST(%[2]s AS JSON)) OR BINARY %[2]s <> BINARY CAST(CAST(%[2]s AS JSON) AS CHAR)", engine.Ident(row[1]), text))
	}
	var typed, unchecked []string
	for _, t := range in.Plan.Tables {
		if len(labels[t.Name]) == 0 {
			continue
		}
		found, err := anyRow(ctx, in, t.Name, conditions[t.Name])
		for i, label := range labels[t.Name] {
			switch {
			case err != nil:
				unchecked = append(unchecked, label)
			case found[i]:
				typed = append(typed, label)
			}
		}
	}
	var findings []engine.Finding
	if len(typed) > 0 {
		findings = append(findings, block("json_typed_values", typed,
			"These JSON columns hold dates, decimals or binary, which as JSON text become strings or other numbers: "+join(typed)+".",
			"以下 JSON 列中含有日期、定点数或二进制值，以 JSON 文本复制后会变成字符串或其他数值："+join(typed)+"。",
			"Store them as text on the source (UPDATE … SET column = CAST(CAST(column AS CHAR) AS JSON)), or leave these tables out.",
			"请在源端改存为文本形式（UPDATE … SET 列 = CAST(CAST(列 AS CHAR) AS JSON)），或排除这些表。"))
	}
	if len(unchecked) > 0 {
		findings = append(findings, confirm("json_unchecked", unchecked,
			"The values in these JSON columns could not be checked in time; dates, decimals and binary in them become text or other numbers: "+join(unchecked)+".",
			"未能及时检查以下 JSON 列的值，其中的日期、定点数和二进制值会变成文本或其他数值："+join(unchecked)+"。",
			"Accept it where the documents were written as JSON text, which is the usual way.", "若文档均以 JSON 文本写入（通常如此），即可接受。"))
	}
	return findings, nil
}
