package check

import (
	"context"
	"maps"
	"slices"

	"overmind/pkg/engine"
)

// charsets names the collations that the target lacks: those that another one there can stand for, which may order
// values in another way and take others for equal, and those that none can, because their character set is missing.
func charsets(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Translation == nil {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `
		SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME), COLLATION_NAME FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND COLLATION_NAME IS NOT NULL ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	var m mappings
	inPlan := planned(in.Plan)
	named := map[string]bool{} // collations of the columns, by table
	for _, row := range rows {
		if inPlan[row[0]] {
			m.add(in.Translation, row[1], row[2])
			named["table "+row[0]+" "+row[2]] = true
		}
	}
	for _, d := range in.Definitions {
		for _, collation := range slices.Sorted(maps.Keys(d.Mapped)) {
			if !named[d.Object+" "+collation] {
				m.add(in.Translation, d.Object, collation)
			}
		}
	}
	findings, err := databaseCollation(ctx, in)
	return append(findings, m.findings()...), err
}

// mappings are what happens to collations that the target lacks.
type mappings struct{ mapped, absent []string }

func (m *mappings) add(t *engine.Translation, object, collation string) {
	switch nearest, changed := t.Collation(collation); {
	case nearest == "":
		m.absent = append(m.absent, object+" ("+collation+")")
	case changed:
		m.mapped = append(m.mapped, object+" ("+collation+" → "+nearest+")")
	}
}

func (m *mappings) findings() []engine.Finding {
	var findings []engine.Finding
	if len(m.absent) > 0 {
		findings = append(findings, block("collation_not_on_target", m.absent,
			"The target has neither the collation nor the character set of: "+join(m.absent)+".", "目标服务器缺少以下对象的排序规则及其字符集："+join(m.absent)+"。",
			"Convert them on the source to a character set that both servers have, such as utf8mb4.", "请在源端改用双方都支持的字符集，例如 utf8mb4。"))
	}
	if len(m.mapped) > 0 {
		findings = append(findings, confirm("collation_mapped", m.mapped,
			"The target lacks these collations and uses the nearest that it has. Values keep their bytes; their order, and which of them are equal, may change: "+join(m.mapped)+".",
			"目标服务器缺少以下排序规则，将使用最接近的一种。数据字节不变，但排序及相等关系可能改变："+join(m.mapped)+"。",
			"Accept it if nothing relies on the exact order. Unique keys are built before the target is touched: if values have become equal, the copy stops and the target stays as it is.",
			"若不依赖精确排序，可以接受。唯一键会在改动目标之前建立：如有值变为相等，复制将停止，目标保持原样。"))
	}
	return findings
}

const defaultCollation = "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?"

// databaseCollation looks at the default of a database that the copy creates. It decides only about tables that are
// made there later without saying more.
func databaseCollation(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	exists, err := column(ctx, in.Target, defaultCollation, in.Spec.TargetDatabase)
	if err != nil || len(exists) > 0 {
		return nil, err
	}
	names, err := column(ctx, in.Source, defaultCollation, in.Spec.SourceDatabase)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	nearest, changed := in.Translation.Collation(names[0])
	if !changed {
		return nil, nil
	}
	if nearest == "" {
		nearest = engine.FallbackCollation
	}
	return []engine.Finding{confirm("database_collation_mapped", []string{names[0] + " → " + nearest},
		"The target does not have the database's default collation "+names[0]+"; the new database gets "+nearest+", which tables take that are created there later.",
		"目标服务器没有该数据库的默认排序规则 "+names[0]+"，新数据库将使用 "+nearest+"，以后在其中新建的表将采用它。",
		"Create the target database with the collation you want first.", "可先在目标端用所需的排序规则创建数据库。")}, nil
}
