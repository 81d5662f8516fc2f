package check

import (
	"context"

	"overmind/pkg/engine"
)

// deepestJSON is how deep a document may be nested for MariaDB to take it for JSON; MySQL allows 100.
const deepestJSON = "31"

// jsonDepth refuses documents that MariaDB's check of its JSON columns would not let in.
func jsonDepth(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly || in.SourceServer.Flavour != engine.MySQL || in.TargetServer.Flavour != engine.MariaDB {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND DATA_TYPE = 'json' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	columns := map[string][]string{}
	for _, row := range rows {
		columns[row[0]] = append(columns[row[0]], row[1])
	}
	var deep, unchecked []string
	for _, t := range in.Plan.Tables {
		if len(columns[t.Name]) == 0 {
			continue
		}
		var conditions []string
		for _, column := range columns[t.Name] {
			conditions = append(conditions, "JSON_DEPTH("+engine.Ident(column)+") > "+deepestJSON)
		}
		found, err := anyRow(ctx, in, t.Name, conditions)
		for i, column := range columns[t.Name] {
			switch {
			case err != nil:
				unchecked = append(unchecked, t.Name+"."+column)
			case found[i]:
				deep = append(deep, t.Name+"."+column)
			}
		}
	}
	var findings []engine.Finding
	if len(deep) > 0 {
		findings = append(findings, block("json_too_deep", deep,
			"MariaDB does not take documents that are nested more than "+deepestJSON+" deep, as in: "+join(deep)+".", "MariaDB 不接受嵌套超过 "+deepestJSON+" 层的 JSON 文档，涉及："+join(deep)+"。",
			"Leave these tables out, or keep such documents in a text column.", "请排除这些表，或将此类文档保存在文本列中。"))
	}
	if len(unchecked) > 0 {
		findings = append(findings, note("json_depth_unchecked", unchecked,
			"How deep the documents are nested could not be looked at in time: "+join(unchecked)+".", "未能及时检查以下列中 JSON 文档的嵌套层数："+join(unchecked)+"。",
			"If one is nested more than "+deepestJSON+" deep, the copy stops and the target stays as it is.", "如有超过 "+deepestJSON+" 层的文档，复制将停止，目标保持原样。"))
	}
	return findings, nil
}
