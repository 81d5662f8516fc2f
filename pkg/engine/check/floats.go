package check

import (
	"context"
	"fmt"
	"strconv"

	"overmind/pkg/engine"
)

// floats looks for values that do not survive being written as text. The server prints six digits of a FLOAT, or as many
// as the column has; the client programs copy what it prints, and nobody would notice the difference.
func floats(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, NUMERIC_PRECISION, NUMERIC_SCALE FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND (DATA_TYPE = 'float' OR DATA_TYPE = 'double' AND NUMERIC_SCALE IS NOT NULL) ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	columns, changes := map[string][]string{}, map[string][]string{}
	for _, row := range rows {
		columns[row[0]] = append(columns[row[0]], row[1])
		changes[row[0]] = append(changes[row[0]], changing(row[1], row[2] == "float", row[3], row[4]))
	}
	var rounded, exact, unchecked []string
	for _, t := range in.Plan.Tables {
		if len(columns[t.Name]) == 0 || t.Executor == engine.ExecutorNative {
			continue
		}
		found, err := anyRow(ctx, in, t.Name, changes[t.Name])
		for i, name := range columns[t.Name] {
			label := t.Name + "." + name
			switch {
			case err != nil:
				unchecked = append(unchecked, label)
			case found[i]:
				rounded = append(rounded, label)
			default:
				exact = append(exact, label)
			}
		}
	}
	return floatFindings(rounded, exact, unchecked), nil
}

// longestNumber has more digits than a server reads of a number without an exponent, as it prints those of columns with
// a set number of digits.
const longestNumber = "1e81"

// changing is a condition that is true of the values that would change: those that are not what their text says, and,
// where the digits are set, those whose text is more than the column takes or than the server reads.
func changing(column string, float bool, precision, scale string) string {
	column = engine.Ident(column)
	condition := fmt.Sprintf("CONCAT(%[1]s) + 0e0 <> %[1]s + 0e0", column)
	if float {
		// half of what is between it and the next FLOAT, of powers of two the one below; MySQL before 8.0.17 casts none to FLOAT
		condition = fmt.Sprintf("ABS(CONCAT(%[1]s) + 0e0 - (%[1]s + 0e0)) >= POW(2, FLOOR(LOG2(ABS(%[1]s * 0.99999998e0))) - 24)", column)
	}
	digits, err := strconv.Atoi(precision)
	behind, behindErr := strconv.Atoi(scale)
	if err != nil || behindErr != nil { // not set
		return condition
	}
	most := strconv.FormatFloat(engine.Greatest(digits, behind), 'e', -1, 64)
	return fmt.Sprintf("(%[1]s OR ABS(CONCAT(%[2]s) + 0e0) > %[3]s OR ABS(%[2]s) >= %[4]s)", condition, column, most, longestNumber)
}

func floatFindings(rounded, exact, unchecked []string) []engine.Finding {
	var findings []engine.Finding
	if len(rounded) > 0 {
		findings = append(findings, block("float_inexact", rounded,
			"These FLOAT and DOUBLE columns hold values that the client programs would round: "+join(rounded)+".",
			"以下 FLOAT、DOUBLE 列中的部分值会被客户端程序舍入："+join(rounded)+"。",
			"Let the engine choose the executor: the native one is exact. Or change the columns to DOUBLE without digits on the source, or leave these tables out.",
			"请让引擎自行选择执行方式：原生方式是精确的；也可在源端将列改为不带位数的 DOUBLE，或排除这些表。"))
	}
	if len(unchecked) > 0 {
		findings = append(findings, confirm("float_unchecked", unchecked,
			"The values of these FLOAT and DOUBLE columns could not be checked in time; some may be rounded: "+join(unchecked)+".",
			"未能及时检查以下 FLOAT、DOUBLE 列的值，部分值可能被舍入："+join(unchecked)+"。",
			"Accept it only where the digits that the server prints are enough.", "仅在服务器显示的位数足够时接受。"))
	}
	if len(exact) > 0 {
		findings = append(findings, note("float_exact", exact,
			"All present values of these FLOAT and DOUBLE columns are copied exactly: "+join(exact)+".",
			"以下 FLOAT、DOUBLE 列的现有值均可精确复制："+join(exact)+"。",
			"Nothing needs to be done.", "无需处理。"))
	}
	return findings
}
