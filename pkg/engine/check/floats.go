package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// floats looks for FLOAT values that do not survive being written as text. The server prints six digits, the client
// programs copy what it prints, and nobody would notice the difference.
func floats(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND DATA_TYPE = 'float' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	columns := map[string][]string{}
	for _, row := range rows {
		columns[row[0]] = append(columns[row[0]], row[1])
	}
	var rounded, exact, unchecked []string
	for _, t := range in.Plan.Tables {
		names := columns[t.Name]
		if len(names) == 0 || t.Executor == engine.ExecutorNative {
			continue
		}
		changes, err := changing(ctx, in, t.Name, names)
		for i, name := range names {
			label := t.Name + "." + name
			switch {
			case err != nil:
				unchecked = append(unchecked, label)
			case changes[i]:
				rounded = append(rounded, label)
			default:
				exact = append(exact, label)
			}
		}
	}
	return floatFindings(rounded, exact, unchecked), nil
}

// changing tells for each column whether any of its values would change.
func changing(ctx context.Context, in engine.CheckInput, name string, columns []string) ([]bool, error) {
	var changes []string
	for _, column := range columns {
		changes = append(changes, fmt.Sprintf("CAST(CAST(CONCAT(%[1]s) AS FLOAT) AS DOUBLE) <> %[1]s + 0e0", engine.Ident(column)))
	}
	return anyRow(ctx, in, name, changes)
}

func floatFindings(rounded, exact, unchecked []string) []engine.Finding {
	var findings []engine.Finding
	if len(rounded) > 0 {
		findings = append(findings, block("float_inexact", rounded,
			"These FLOAT columns hold values that the client programs would round: "+join(rounded)+".",
			"以下 FLOAT 列中的部分值会被客户端程序舍入："+join(rounded)+"。",
			"Let the engine choose the executor: the native one is exact. Or change the columns to DOUBLE on the source, or leave these tables out.",
			"请让引擎自行选择执行方式：原生方式是精确的；也可在源端将列改为 DOUBLE，或排除这些表。"))
	}
	if len(unchecked) > 0 {
		findings = append(findings, confirm("float_unchecked", unchecked,
			"The values of these FLOAT columns could not be checked in time; some may be rounded: "+join(unchecked)+".",
			"未能及时检查以下 FLOAT 列的值，部分值可能被舍入："+join(unchecked)+"。",
			"Accept it only where six digits are enough.", "仅在六位有效数字足够时接受。"))
	}
	if len(exact) > 0 {
		findings = append(findings, note("float_exact", exact,
			"All present values of these FLOAT columns are copied exactly: "+join(exact)+".",
			"以下 FLOAT 列的现有值均可精确复制："+join(exact)+"。",
			"Nothing needs to be done.", "无需处理。"))
	}
	return findings
}
