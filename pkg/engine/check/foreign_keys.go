package check

import (
	"context"
	"regexp"
	"slices"

	"overmind/pkg/engine"
)

// foreignKeys looks at keys that leave the set of copied tables: their parents must stand on the target.
func foreignKeys(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
		FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IS NOT NULL
		ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	names, err := column(ctx, in.Source, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?", in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	inPlan := planned(in.Plan)
	var third, missing []string
	for _, row := range rows {
		child, constraint, schema, parent, parentColumn := row[0], row[1], row[3], row[4], row[5]
		switch {
		case !inPlan[child]:
		case schema != in.Spec.SourceDatabase:
			third = append(third, child+"."+constraint+" → "+schema+"."+parent)
		case inPlan[parent]:
		case !slices.Contains(names, parent): // it is as much without a parent on the target
		default:
			there, err := columnMatches(ctx, in, parent, parentColumn, child, row[2])
			if err != nil {
				return nil, err
			}
			if !there {
				missing = append(missing, child+"."+constraint+" → "+parent+"."+parentColumn)
			}
		}
	}
	var findings []engine.Finding
	if len(third) > 0 {
		findings = append(findings, block("foreign_key_third_schema", third,
			"Foreign keys point into another database: "+join(third)+".", "外键指向其他数据库："+join(third)+"。",
			"Leave these tables out.", "请排除这些表。"))
	}
	if len(missing) > 0 {
		findings = append(findings, block("foreign_key_parent_missing", missing,
			"Foreign keys point to columns that the target database does not have, or has with another type: "+join(missing)+".",
			"外键指向的列在目标库中不存在或类型不同："+join(missing)+"。",
			"Copy the parent tables too.", "请同时复制被引用的表。"))
	}
	return findings, nil
}

// displayWidth is part of an integer's type on some servers and means nothing.
var displayWidth = regexp.MustCompile(`int\(\d+\)`)

const typeOfColumn = "SELECT COLUMN_TYPE, COALESCE(COLLATION_NAME, '') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME = ?"

// columnMatches tells whether the target has a column that a foreign key of the child's column can point to.
func columnMatches(ctx context.Context, in engine.CheckInput, parent, parentColumn, child, childColumn string) (bool, error) {
	have, err := table(ctx, in.Target, typeOfColumn, in.Spec.TargetDatabase, parent, parentColumn)
	if err != nil || len(have) == 0 {
		return false, err
	}
	want, err := table(ctx, in.Source, typeOfColumn, in.Spec.SourceDatabase, child, childColumn)
	if err != nil || len(want) == 0 {
		return false, err
	}
	if collation := want[0][1]; collation != "" { // texts may differ in length, but not in how they compare
		nearest, _ := in.Translation.Collation(collation)
		return have[0][1] == nearest, nil
	}
	plain := func(s string) string { return displayWidth.ReplaceAllString(s, "int") }
	return plain(have[0][0]) == plain(want[0][0]), nil
}
