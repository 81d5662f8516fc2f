package check

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// sessionValues names what the session that wrote a row decides, such as the date of a TIMESTAMP by its time_zone, and
// that the target computes anew in another: generated columns that are stored, and keys over such values.
func sessionValues(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly {
		return nil, nil
	}
	stored, keyed, err := sessionDependent(ctx, in)
	if err != nil {
		return nil, err
	}
	const code = "session_dependent"
	if in.Dump != "" {
		if stored = append(stored, keyed...); len(stored) == 0 {
			return nil, nil
		}
		return []engine.Finding{block(code, stored,
			"The settings of the session that wrote a row, such as time_zone, decide what is in these columns and keys, and the client programs do not show whether the target computes the same: "+join(stored)+".",
			"以下列和索引的内容取决于写入时的会话设置（如 time_zone），客户端程序无法证明目标端会算出相同的值："+join(stored)+"。",
			"Let the engine choose how rows are moved, or leave these tables out.", "请让引擎自行选择数据搬运方式，或排除这些表。")}, nil
	}
	var findings []engine.Finding
	if len(stored) > 0 {
		findings = append(findings, note(code, stored,
			"The settings of the session that wrote a row, such as time_zone, decide the values of these columns. The target computes them in those that sessions of the source begin with: "+join(stored)+".",
			"以下列的值取决于写入时的会话设置（如 time_zone），目标端将按源端新会话的默认设置计算："+join(stored)+"。",
			"All values are compared. If some were written in other settings, the copy stops and the target stays as it is.", "所有值都会逐一比对；如有在其他设置下写入的值，复制将停止，目标保持原样。"))
	}
	if len(keyed) > 0 {
		findings = append(findings, confirm(code, keyed,
			"The settings of the session that wrote a row, such as time_zone, decide what is in these keys. The target builds them in those that sessions of the source begin with: "+join(keyed)+".",
			"以下索引的内容取决于写入时的会话设置（如 time_zone），目标端将按源端新会话的默认设置建立："+join(keyed)+"。",
			"Accept it if all programs write in these settings, or in none that matter here. Otherwise a search by such a key finds other rows than on the source.",
			"若所有程序均以该设置写入，即可接受；否则按这些索引查询可能得到与源端不同的行。"))
	}
	return findings, nil
}

// sessionDependent lists the stored columns, and the keys over expressions and virtual columns.
func sessionDependent(ctx context.Context, in engine.CheckInput) (stored, keyed []string, err error) {
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, EXTRA LIKE '%STORED%', COALESCE(GENERATION_EXPRESSION, '') FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND (GENERATION_EXPRESSION <> '' OR DATA_TYPE = 'timestamp') ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, nil, err
	}
	if in.SourceServer.Flavour == engine.MySQL {
		unquote(rows, 4)
	}
	inPlan, known, virtual := planned(in.Plan), map[string]zoned{}, map[string]bool{}
	for _, row := range rows {
		name, column, isTime, isStored, expression := row[0], row[1], row[2] == "timestamp", row[3] == "1", row[4]
		if known[name].times == nil {
			known[name] = zoned{map[string]bool{}, map[string]bool{}}
		}
		depends := expression != "" && known[name].decides(expression, isTime)
		known[name].times[column], known[name].decided[column] = isTime, depends
		if label := name + "." + column; depends && inPlan[name] && isStored {
			stored = append(stored, label)
		} else if depends && inPlan[name] {
			virtual[label] = true
		}
	}
	keys, err := table(ctx, in.Source, "SELECT TABLE_NAME, INDEX_NAME, COALESCE(COLUMN_NAME, ''), COALESCE(EXPRESSION, '') FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? ORDER BY 1, 2, SEQ_IN_INDEX", in.Spec.SourceDatabase)
	if engine.ServerSaid(err, 1054) { // a server without keys over expressions
		keys, err = table(ctx, in.Source, "SELECT TABLE_NAME, INDEX_NAME, COALESCE(COLUMN_NAME, ''), '' FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? ORDER BY 1, 2, SEQ_IN_INDEX", in.Spec.SourceDatabase)
	}
	unquote(keys, 3)
	for _, row := range keys {
		label := row[0] + "." + row[1]
		if (virtual[row[0]+"."+row[2]] || row[3] != "" && inPlan[row[0]] && known[row[0]].decides(row[3], false)) && !slices.Contains(keyed, label) {
			keyed = append(keyed, label)
		}
	}
	return stored, keyed, err
}

// unquote takes the backslashes off the expressions in a column of rows: MySQL shows them as texts in which quotes are quoted.
func unquote(rows [][]string, column int) {
	for _, row := range rows {
		row[column] = strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(row[column])
	}
}

// zoned are columns of a table: those of the type TIMESTAMP, whose texts are others in another time zone, and generated
// ones whose values are.
type zoned struct{ times, decided map[string]bool }

const quotedName = "`((?:[^`]|``)*)`"

var (
	literals = regexp.MustCompile(`(?s)'(?:[^'\\]|\\.|'')*'`)
	names    = regexp.MustCompile(quotedName)
	oneName  = regexp.MustCompile("^" + quotedName + "$")
	nullness = regexp.MustCompile(`(?i)isnull\(` + quotedName + `\)|` + quotedName + ` is (?:not )?null`)
	seconds  = regexp.MustCompile(`(?i)unix_timestamp\(` + quotedName + `\)`)
	// perSession are the functions of time_zone, lc_time_names and block_encryption_mode, and the division, of which
	// div_precision_increment decides the digits.
	perSession = regexp.MustCompile(`(?i)\b(?:unix_timestamp|from_unixtime|monthname|dayname|aes_encrypt|aes_decrypt)\(|/`)
	namedDates = regexp.MustCompile(`(?is:\bdate_format\(.*)%[abMW]`)
)

// decides tells whether the settings of a session decide the value of an expression; isTime is whether that becomes a
// TIMESTAMP.
func (z zoned) decides(expression string, isTime bool) bool {
	if one := oneName.FindStringSubmatch(expression); one != nil {
		return z.decided[one[1]] || z.times[one[1]] != isTime
	}
	if isTime || namedDates.MatchString(expression) {
		return true
	}
	expression = nullness.ReplaceAllString(literals.ReplaceAllString(expression, "''"), "0")
	expression = seconds.ReplaceAllStringFunc(expression, func(call string) string {
		if name := seconds.FindStringSubmatch(call)[1]; z.times[name] && !z.decided[name] {
			return "0"
		}
		return call
	})
	for _, name := range names.FindAllStringSubmatch(expression, -1) {
		if z.times[name[1]] || z.decided[name[1]] {
			return true
		}
	}
	return perSession.MatchString(names.ReplaceAllString(expression, "0"))
}
