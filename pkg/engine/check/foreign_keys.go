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
	onTarget, err := column(ctx, in.Target, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?", in.Spec.TargetDatabase)
	if err != nil {
		return nil, err
	}
	inPlan := planned(in.Plan)
	var third, missing, revived []string
	for _, row := range rows {
		child, constraint, schema, parent, parentColumn := row[0], row[1], row[3], row[4], row[5]
		switch {
		case !inPlan[child]:
		case schema != in.Spec.SourceDatabase:
			third = append(third, child+"."+constraint+" → "+schema+"."+parent)
		case inPlan[parent]:
		case !slices.Contains(names, parent) && !slices.Contains(onTarget, parent): // it is as much without a parent on the target
		default:
			there, err := columnMatches(ctx, in, parent, parentColumn, child, row[2])
			if err != nil {
				return nil, err
			}
			label := child + "." + constraint + " → " + parent + "." + parentColumn
			if !there {
				missing = append(missing, label)
			} else if !slices.Contains(names, parent) {
				revived = append(revived, label)
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
	if len(revived) > 0 {
		findings = append(findings, confirm("foreign_key_gains_parent", revived,
			"These foreign keys have no parent on the source, and find one on the target, where they will hold: "+join(revived)+".",
			"以下外键在源端没有被引用的表，但目标端有同名的表，复制后外键将生效："+join(revived)+"。",
			"Expect the copy to fail if a row has no parent there; or drop these keys on the source.", "若有行在目标端找不到被引用的行，复制将失败；或在源端删除这些外键。"))
	}
	return findings, nil
}

// displayWidth is part of an integer's type on some servers and means nothing.
var displayWidth = regexp.MustCompile(`int\(\d+\)`)

const typeOfColumn = "SELECT COLUMN_TYPE, COALESCE(COLLATION_NAME, '') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME = ?"

// columnMatches tells whether the target has a column that a foreign key can join with a column of the source.
func columnMatches(ctx context.Context, in engine.CheckInput, onTarget, targetColumn, onSource, sourceColumn string) (bool, error) {
	have, err := table(ctx, in.Target, typeOfColumn, in.Spec.TargetDatabase, onTarget, targetColumn)
	if err != nil || len(have) == 0 {
		return false, err
	}
	want, err := table(ctx, in.Source, typeOfColumn, in.Spec.SourceDatabase, onSource, sourceColumn)
	if err != nil || len(want) == 0 {
		return false, err
	}
	if collation := want[0][1]; collation != "" { // texts may differ in length, but not in how they compare
		if in.Translation == nil { // preflight could not ask, and says so
			return true, nil
		}
		nearest, _ := in.Translation.Collation(collation)
		return have[0][1] == nearest, nil
	}
	plain := func(s string) string { return displayWidth.ReplaceAllString(engine.PlainType(s), "int") }
	return plain(have[0][0]) == plain(want[0][0]), nil
}
