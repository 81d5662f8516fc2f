package check

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// unshown looks for texts that a server does not show in a definition: it writes a question mark for every character
// outside the first plane in the members of ENUM and SET, MariaDB also in defaults, and MySQL nothing for a member whose
// bytes are no text. What would be made of such a definition is something else.
func unshown(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, COALESCE(COLUMN_DEFAULT, ''), CHARACTER_SET_NAME FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND CHARACTER_SET_NAME IS NOT NULL AND (COLUMN_TYPE LIKE '%?%' OR COLUMN_TYPE LIKE "%(''%" OR COLUMN_TYPE LIKE "%,'',%" OR COLUMN_TYPE LIKE "%,'')" OR COLUMN_DEFAULT LIKE "'%?%'")
		ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	inPlan, members := planned(in.Plan), map[string][]member{}
	var wrong, unclear []string
	var unanswered error // which takes nothing from what was found
	for _, row := range rows {
		switch label := row[0] + "." + row[1]; {
		case !inPlan[row[0]]:
		case row[2] == "enum" || row[2] == "set":
			members[row[0]] = append(members[row[0]], membersOf(label, row[1], row[3], row[5])...)
		case in.SourceServer.Flavour == engine.MariaDB:
			hidden, err := defaultHidden(ctx, in, row[0], row[1], row[4])
			if err != nil {
				unanswered = err
			}
			if hidden {
				wrong = append(wrong, label+" (DEFAULT)")
			}
		}
	}
	for _, t := range in.Plan.Tables {
		if len(members[t.Name]) == 0 {
			continue
		}
		var conditions []string
		for _, m := range members[t.Name] {
			conditions = append(conditions, m.used, m.used+" AND "+m.other)
		}
		found, err := anyRow(ctx, in, t.Name, conditions)
		if err != nil {
			unanswered = err
			break
		}
		for i, m := range members[t.Name] {
			if used, other := found[2*i], found[2*i+1]; other {
				wrong = append(wrong, m.label)
			} else if !used && m.doubtful {
				unclear = append(unclear, m.label)
			}
		}
	}
	return unshownFindings(wrong, unclear), unanswered
}

// member is one of an ENUM or a SET whose text may not be what it is shown as.
type member struct {
	label    string // table.column 'text'
	used     string // true of the rows that have it
	other    string // true of those of them where its text is another
	doubtful bool   // it may be another though no row has it
}

// beyond are the character sets with characters outside the first plane.
var beyond = []string{"utf8mb4", "utf16", "utf16le", "utf32", "gb18030"}

func membersOf(label, column, columnType, charset string) []member {
	kind, list, _ := strings.Cut(strings.TrimSuffix(columnType, ")"), "(")
	column = engine.Ident(column)
	var members []member
	for i, quoted := range oneText.FindAllString(list, -1) {
		text := unquoted(quoted)
		if text != "" && !strings.Contains(text, "?") || strings.Contains(text, `\`) || kind == "set" && (text == "" || i > 63) {
			continue
		}
		m := member{label: fmt.Sprintf("%s '%s'", label, text), doubtful: text != "" && slices.Contains(beyond, charset)}
		if kind == "enum" {
			m.used = fmt.Sprintf("%s + 0 = %d", column, i+1)
			m.other = fmt.Sprintf("HEX(CONCAT(%s)) <> HEX(CONVERT(_utf8mb4 X'%X' USING %s))", column, text, charset) // of bytes that are no text too
		} else {
			m.used = fmt.Sprintf("(%s + 0) & %d > 0", column, uint64(1)<<i)
			m.other = fmt.Sprintf("FIND_IN_SET(_utf8mb4 X'%X' COLLATE utf8mb4_bin, CONVERT(%s USING utf8mb4)) = 0", text, column)
		}
		members = append(members, m)
	}
	return members
}

// oneText is a text as information_schema writes it.
var oneText = regexp.MustCompile(`(?s)'(?:[^']|'')*'`)

func unquoted(text string) string { return strings.ReplaceAll(text[1:len(text)-1], "''", "'") }

// defaultHidden tells whether the default of a column is another text than it is shown as. A row that is not there has
// the defaults too.
func defaultHidden(ctx context.Context, in engine.CheckInput, table, name, shown string) (bool, error) {
	text := unquoted(shown)
	if strings.Contains(text, `\`) {
		return false, nil
	}
	query := fmt.Sprintf("SELECT COALESCE(HEX(CONVERT(DEFAULT(t.%s) USING utf8mb4)), '') FROM (SELECT 1 AS one) o LEFT JOIN %s t ON o.one = 2", engine.Ident(name), engine.QName(in.Spec.SourceDatabase, table))
	var is string
	err := in.Source.QueryRowContext(ctx, query).Scan(&is)
	return is != "" && is != fmt.Sprintf("%X", text), err
}

func unshownFindings(wrong, unclear []string) []engine.Finding {
	var findings []engine.Finding
	if len(wrong) > 0 {
		findings = append(findings, block("text_not_shown", wrong,
			"The source does not show these texts as they are, and they would be made as question marks: "+join(wrong)+".",
			"源端无法按原样显示以下文本，复制后会变成问号："+join(wrong)+"。",
			"Use members without emoji and other characters of four bytes, write a default as an expression, such as (CONCAT('…')), or leave these tables out.",
			"请改用不含 emoji 等四字节字符的成员，将默认值写成表达式（如 (CONCAT('…'))），或排除这些表。"))
	}
	if len(unclear) > 0 {
		findings = append(findings, confirm("text_not_shown", unclear,
			"A question mark in these members may stand for a character that the source does not show, such as an emoji; no row has them, which would tell: "+join(unclear)+".",
			"以下成员中的问号可能代表源端无法显示的字符（如 emoji），且没有任何行使用它们，无法判断："+join(unclear)+"。",
			"Accept it where they are question marks.", "若确为问号，可以接受。"))
	}
	return findings
}
