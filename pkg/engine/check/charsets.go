package check

import (
	"context"
	"strings"

	"overmind/pkg/engine"
)

// charsets refuses collations that the target does not have: mapping them would change the order and the equality of
// values, and with them unique keys.
func charsets(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	there, err := collationsOf(ctx, in)
	if err != nil {
		return nil, err
	}
	inPlan := planned(in.Plan)
	for _, view := range in.Plan.Views {
		inPlan[view] = true
	}
	rows, err := table(ctx, in.Source, `
		SELECT TABLE_NAME, TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_COLLATION IS NOT NULL
		UNION SELECT TABLE_NAME, COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLLATION_NAME IS NOT NULL
		UNION SELECT TABLE_NAME, COLLATION_CONNECTION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?
		UNION SELECT EVENT_OBJECT_TABLE, COLLATION_CONNECTION FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?
		ORDER BY 1, 2`, in.Spec.SourceDatabase, in.Spec.SourceDatabase, in.Spec.SourceDatabase, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	var absent []string
	for _, row := range rows {
		if inPlan[row[0]] && !there[modern(row[1])] {
			absent = append(absent, row[0]+" ("+row[1]+")")
		}
	}
	if len(in.Spec.Tables) == 0 {
		rows, err := table(ctx, in.Source, `
			SELECT ROUTINE_NAME, COLLATION_CONNECTION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?
			UNION SELECT EVENT_NAME, COLLATION_CONNECTION FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?
			ORDER BY 1, 2`, in.Spec.SourceDatabase, in.Spec.SourceDatabase)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if !there[modern(row[1])] {
				absent = append(absent, row[0]+" ("+row[1]+")")
			}
		}
	}
	findings, err := databaseCollation(ctx, in, there)
	if err != nil || len(absent) == 0 {
		return findings, err
	}
	return append(findings, block("collation_not_on_target", absent,
		"The target does not have the collation of: "+join(absent)+".", "目标服务器缺少以下对象的排序规则："+join(absent)+"。",
		"Change the collation on the source to one that both servers have, such as utf8mb4_unicode_ci.",
		"请在源端改用双方都支持的排序规则，例如 utf8mb4_unicode_ci。")), nil
}

// databaseCollation looks at the default of a database that the copy creates. It decides only about tables that are
// made there later without saying more.
func databaseCollation(ctx context.Context, in engine.CheckInput, there map[string]bool) ([]engine.Finding, error) {
	const ofSchema = "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?"
	exists, err := column(ctx, in.Target, ofSchema, in.Spec.TargetDatabase)
	if err != nil || len(exists) > 0 {
		return nil, err
	}
	names, err := column(ctx, in.Source, ofSchema, in.Spec.SourceDatabase)
	if err != nil || len(names) == 0 || there[modern(names[0])] {
		return nil, err
	}
	return []engine.Finding{confirm("database_collation_mapped", names,
		"The target does not have the database's default collation "+names[0]+" and takes its own for tables that are created there later.",
		"目标服务器没有该数据库的默认排序规则 "+names[0]+"，以后在其中新建的表将使用目标端的默认值。",
		"Create the target database with the collation you want first.", "可先在目标端用所需的排序规则创建数据库。")}, nil
}

// collationsOf lists the target's collations. MariaDB's newest are listed without their character set in the first
// place and in full in the second.
func collationsOf(ctx context.Context, in engine.CheckInput) (map[string]bool, error) {
	names, err := column(ctx, in.Target, "SELECT COLLATION_NAME FROM information_schema.COLLATIONS")
	if err != nil {
		return nil, err
	}
	if in.TargetServer.Flavour == engine.MariaDB && engine.AtLeast(in.TargetServer.Version, 10, 10) {
		full, err := column(ctx, in.Target, "SELECT FULL_COLLATION_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY")
		if err != nil {
			return nil, err
		}
		names = append(names, full...)
	}
	there := map[string]bool{}
	for _, name := range names {
		there[modern(name)] = true
	}
	return there, nil
}

// modern gives the three-byte utf8 its present name.
func modern(collation string) string {
	if rest, ok := strings.CutPrefix(strings.ToLower(collation), "utf8_"); ok {
		return "utf8mb3_" + rest
	}
	return strings.ToLower(collation)
}
