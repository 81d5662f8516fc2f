package check

import (
	"context"
	"regexp"

	"overmind/pkg/engine"
)

// foreignKeys looks at keys that leave the set of copied tables: their parents must stand on the target.
func foreignKeys(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	rows, err := table(ctx, in.Source, `SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA,
			k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, c.COLUMN_TYPE, COALESCE(c.COLLATION_NAME, '')
		FROM information_schema.KEY_COLUMN_USAGE k
		JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = k.TABLE_SCHEMA AND c.TABLE_NAME = k.TABLE_NAME AND c.COLUMN_NAME = k.COLUMN_NAME
		WHERE k.TABLE_SCHEMA = ? AND k.REFERENCED_TABLE_NAME IS NOT NULL
		ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION`, in.Spec.SourceDatabase)
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
		default:
			there, err := columnMatches(ctx, in, parent, parentColumn, row[6], row[7])
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

// columnMatches tells whether the target has a column that a foreign key of this type can point to.
func columnMatches(ctx context.Context, in engine.CheckInput, name, column, columnType, collation string) (bool, error) {
	rows, err := table(ctx, in.Target, `SELECT COLUMN_TYPE, COALESCE(COLLATION_NAME, '') FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME = ?`, in.Spec.TargetDatabase, name, column)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	plain := func(s string) string { return displayWidth.ReplaceAllString(s, "int") }
	if collation != "" { // texts may differ in length, but not in how they compare
		nearest, _ := in.Translation.Collation(collation)
		return rows[0][1] == nearest, nil
	}
	return plain(rows[0][0]) == plain(columnType), nil
}
