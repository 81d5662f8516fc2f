package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// jsonOne is JSON that comes out of its text as something else, with the condition for it, in which %[1]s is the column and
// %[2]s its text.
type jsonOne struct {
	condition string
	finding   func(columns []string) engine.Finding
}

// jsonValues looks for JSON that is more than its text: MySQL keeps dates, decimals and binary in it, and what is read
// back from the text are strings and other numbers. On MariaDB it is text anyhow.
func jsonValues(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly || in.SourceServer.Flavour != engine.MySQL || in.TargetServer.Flavour != engine.MySQL {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND DATA_TYPE = 'json' AND COALESCE(GENERATION_EXPRESSION, '') = '' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	kinds := jsonKinds(in)
	labels, conditions := map[string][]string{}, map[string][]string{}
	for _, row := range rows {
		labels[row[0]] = append(labels[row[0]], row[0]+"."+row[1])
		for _, kind := range kinds {
			conditions[row[0]] = append(conditions[row[0]], fmt.Sprintf(kind.condition, engine.Ident(row[1]), "CAST("+engine.Ident(row[1])+" AS CHAR)"))
		}
	}
	named, unchecked := make([][]string, len(kinds)), []string(nil)
	for _, t := range in.Plan.Tables {
		if len(labels[t.Name]) == 0 {
			continue
		}
		found, err := anyRow(ctx, in, t.Name, conditions[t.Name])
		if err != nil {
			unchecked = append(unchecked, labels[t.Name]...)
			continue
		}
		for i, is := range found {
			if is {
				named[i%len(kinds)] = append(named[i%len(kinds)], labels[t.Name][i/len(kinds)])
			}
		}
	}
	var findings []engine.Finding
	for i, kind := range kinds {
		if len(named[i]) > 0 {
			findings = append(findings, kind.finding(named[i]))
		}
	}
	if len(unchecked) > 0 {
		findings = append(findings, confirm("json_unchecked", unchecked,
			"The values in these JSON columns could not be checked in time; dates, decimals and binary in them become text or other numbers: "+join(unchecked)+".",
			"未能及时检查以下 JSON 列的值，其中的日期、定点数和二进制值会变成文本或其他数值："+join(unchecked)+"。",
			"Accept it where the documents were written as JSON text, which is the usual way.", "若文档均以 JSON 文本写入（通常如此），即可接受。"))
	}
	return findings, nil
}

// jsonKinds are those that can be between the two servers. MySQL 5.7 shows the number 1.0 as 1.
func jsonKinds(in engine.CheckInput) []jsonOne {
	kinds := []jsonOne{{"NOT (%[1]s = CAST(%[2]s AS JSON)) OR BINARY %[2]s <> BINARY CAST(CAST(%[2]s AS JSON) AS CHAR)", jsonTyped}}
	switch {
	case !engine.AtLeast(in.SourceServer.Version, 8):
		// a whole number takes less room; from 5.7.22 on, and not where it has more than 32 bits
		if engine.AtLeast(in.SourceServer.Version, 5, 7, 22) {
			kinds = append(kinds, jsonOne{"JSON_STORAGE_SIZE(%[1]s) <> JSON_STORAGE_SIZE(CAST(%[2]s AS JSON))", jsonWhole})
		}
	case !engine.AtLeast(in.TargetServer.Version, 8): // .0 at the end of a number, not in a text
		kinds = append(kinds, jsonOne{`REGEXP_REPLACE(%[2]s, '"(?:[^"\\\\]++|\\\\.)*+"', '') REGEXP '[.]0([],}]|$)'`, jsonFractions})
	}
	return kinds
}

func jsonTyped(columns []string) engine.Finding {
	return block("json_typed_values", columns,
		"These JSON columns hold dates, decimals or binary, which as JSON text become strings or other numbers: "+join(columns)+".",
		"以下 JSON 列中含有日期、定点数或二进制值，以 JSON 文本复制后会变成字符串或其他数值："+join(columns)+"。",
		"Store them as text on the source (UPDATE … SET column = CAST(CAST(column AS CHAR) AS JSON)), or leave these tables out.",
		"请在源端改存为文本形式（UPDATE … SET 列 = CAST(CAST(列 AS CHAR) AS JSON)），或排除这些表。")
}

func jsonWhole(columns []string) engine.Finding {
	return confirm("json_whole_numbers", columns,
		"These JSON columns hold numbers such as 1.0, which the source shows as 1: on the target they are integers: "+join(columns)+".",
		"以下 JSON 列中含有 1.0 之类的数值，源端显示为 1，复制到目标端后为整数："+join(columns)+"。",
		"Accept it where nothing tells a 1.0 from a 1 (JSON_TYPE does).", "若没有程序区分 1.0 与 1（如使用 JSON_TYPE），可以接受。")
}

func jsonFractions(columns []string) engine.Finding {
	return block("json_fractions_lost", columns,
		"These JSON columns hold numbers such as 1.0, which the target's version shows as 1: "+join(columns)+".",
		"以下 JSON 列中含有 1.0 之类的数值，目标版本会显示为 1："+join(columns)+"。",
		"Copy to MySQL 8.0 or later, store them as integers on the source, or leave these tables out.", "请复制到 MySQL 8.0 或更高版本，或在源端改存为整数，或排除这些表。")
}
