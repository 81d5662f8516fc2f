package check

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"overmind/pkg/engine"
)

// enums looks for values that the client programs would bring back as others, because they write names and not numbers:
// the error value of an ENUM that has the empty string as a member too, and members with the name of an earlier one.
func enums(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, COALESCE(CHARACTER_SET_NAME, 'binary'), COALESCE(COLLATION_NAME, 'binary') FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND DATA_TYPE IN ('enum', 'set') ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	tables, errors, twins := tablesOf(in.Plan), map[string][]probe{}, map[string][]probe{}
	var errs []error // which take nothing from what is found
	for _, row := range rows {
		if t, planned := tables[row[0]]; !planned || t.Executor == engine.ExecutorNative {
			continue
		}
		label, c := row[0]+"."+row[1], choice{name: engine.Ident(row[1]), of: row[2], charset: row[3], collation: row[4]}
		if c.isEnum() && slices.Contains(c.members(), "''") {
			errors[row[0]] = append(errors[row[0]], probe{label, c.name + " + 0 = 0"})
		}
		ambiguous, err := c.ambiguous(ctx, in)
		if err != nil {
			errs = append(errs, &unanswered{[]string{label}, err})
		}
		if len(ambiguous) > 0 {
			twins[row[0]] = append(twins[row[0]], probe{label, c.holds(ambiguous)})
		}
	}
	wrong, err := met(ctx, in, errors)
	errs = append(errs, err)
	same, err := met(ctx, in, twins)
	errs = append(errs, err)
	var findings []engine.Finding
	if len(wrong) > 0 {
		findings = append(findings, block("enum_error_value", wrong,
			"These ENUM columns hold the error value beside a member '', and would come back as the member: "+join(wrong)+".",
			"以下 ENUM 列同时含有错误值和成员 ''，复制后错误值会变成该成员："+join(wrong)+"。",
			"Give the rows a member on the source (UPDATE … WHERE column = 0), or leave these tables out.",
			"请在源端将这些行改为有效成员（UPDATE … WHERE 列 = 0），或排除这些表。"))
	}
	if len(same) > 0 {
		findings = append(findings, block("enum_member_twice", same,
			"These ENUM and SET columns hold members whose name an earlier member has too, and the client programs would bring them back as that one: "+join(same)+".",
			"以下 ENUM 和 SET 列含有与更早成员同名的成员，客户端程序会将其复制为更早的成员："+join(same)+"。",
			"Let the engine choose how rows are moved, or leave these tables out.", "请让引擎自行选择数据搬运方式，或排除这些表。"))
	}
	return findings, together(errs...)
}

// choice is an ENUM or SET column.
type choice struct{ name, of, charset, collation string }

func (c choice) isEnum() bool { return strings.HasPrefix(c.of, "enum") }

// members are its members in SQL.
func (c choice) members() []string { return oneText.FindAllString(c.of, -1) }

// ambiguous are the members, counted from 1, that are equal to an earlier one by the column's collation.
func (c choice) ambiguous(ctx context.Context, in engine.CheckInput) ([]string, error) {
	members := c.members()
	if len(members) < 2 {
		return nil, nil
	}
	const digit = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
	number, digits := "1", []string{}
	for i := range strconv.Itoa(len(members)) {
		number += fmt.Sprintf(" + 1e%[1]d * d%[1]d.d", i)
		digits = append(digits, fmt.Sprintf("%s AS d%d", digit, i))
	}
	all := fmt.Sprintf("SELECT i, CONVERT(ELT(i, %s) USING %s) COLLATE %s AS m FROM (SELECT CAST(%s AS UNSIGNED) AS i FROM %s) AS n WHERE i <= %d",
		strings.Join(members, ", "), c.charset, engine.Ident(c.collation), number, strings.Join(digits, " JOIN "), len(members))
	groups, err := column(ctx, in.Source, "SELECT GROUP_CONCAT(i ORDER BY i) FROM ("+all+") AS x GROUP BY m HAVING COUNT(*) > 1")
	var later []string
	for _, group := range groups {
		later = append(later, strings.Split(group, ",")[1:]...)
	}
	return later, err
}

// holds is the condition for a row with one of these members.
func (c choice) holds(members []string) string {
	if c.isEnum() {
		return c.name + " + 0 IN (" + strings.Join(members, ", ") + ")"
	}
	return c.name + " & (1 << " + strings.Join(members, " - 1 | 1 << ") + " - 1) <> 0"
}
