package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// texts looks for values that do not survive the way through utf8mb4, which the client programs take: characters that
// Unicode does not have become question marks, and of two codes for one character the other may come back.
func texts(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, CHARACTER_SET_NAME FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND CHARACTER_SET_NAME NOT IN ('utf8mb4', 'utf8mb3', 'utf8', 'latin1', 'binary')
			AND DATA_TYPE NOT IN ('enum', 'set')
		ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	labels, changes := map[string][]string{}, map[string][]string{}
	for _, row := range rows {
		name, column := row[0], engine.Ident(row[1])
		labels[name] = append(labels[name], name+"."+row[1]+" ("+row[2]+")")
		changes[name] = append(changes[name], fmt.Sprintf("CAST(CONVERT(CONVERT(%[1]s USING utf8mb4) USING %[2]s) AS BINARY) <> CAST(%[1]s AS BINARY)", column, row[2]))
	}
	var lost, unchecked []string
	for _, t := range in.Plan.Tables {
		if len(labels[t.Name]) == 0 || t.Executor == engine.ExecutorNative {
			continue
		}
		found, err := anyRow(ctx, in, t.Name, changes[t.Name])
		for i, label := range labels[t.Name] {
			switch {
			case err != nil:
				unchecked = append(unchecked, label)
			case found[i]:
				lost = append(lost, label)
			}
		}
	}
	var findings []engine.Finding
	if len(lost) > 0 {
		findings = append(findings, block("text_inexact", lost,
			"These columns hold characters that the client programs would change: "+join(lost)+".",
			"以下列中的部分字符会被客户端程序改变："+join(lost)+"。",
			"Convert the columns to utf8mb4 or to a binary type on the source, or leave these tables out.",
			"请在源端将列转换为 utf8mb4 或二进制类型，或排除这些表。"))
	}
	if len(unchecked) > 0 {
		findings = append(findings, confirm("text_unchecked", unchecked,
			"The characters in these columns could not be checked in time; rare ones may change: "+join(unchecked)+".",
			"未能及时检查以下列中的字符，个别罕用字符可能改变："+join(unchecked)+"。",
			"Accept it only where the texts hold no characters that Unicode lacks.", "仅在文本不含 Unicode 以外的字符时接受。"))
	}
	return findings, nil
}
