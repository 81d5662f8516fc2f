package check

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// What MySQL does not let a table have and MariaDB does: it says so only when the table is made. Each query gives a
// table and what is foreign about it.
const (
	twoDigitYear = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (YEAR of two digits)') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLUMN_TYPE = 'year(2)'"
	checkValue   = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', CONSTRAINT_NAME, ' (CHECK that compares nothing)') FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? AND CHECK_CLAUSE REGEXP '^(`[^`]+`|[-0-9.]+)$'"
	parted       = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, ' (partitions of ', ENGINE, ')') FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND CREATE_OPTIONS LIKE '%partitioned%' AND ENGINE <> 'InnoDB'"
)

// shapes are the column types whose keys MySQL makes in its own way.
var shapes = []string{"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection"}

// keysOfColumns lists the keys that MySQL does not make over generated columns and geometries, and the columns that it
// does not generate from an AUTO_INCREMENT.
func keysOfColumns(ctx context.Context, in engine.CheckInput) ([]string, error) {
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, EXTRA, COALESCE(GENERATION_EXPRESSION, '') FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND (EXTRA LIKE '%auto_increment%' OR EXTRA LIKE '%GENERATED%' OR DATA_TYPE IN ('`+strings.Join(shapes, "', '")+`'))`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	inPlan := planned(in.Plan)
	rows = slices.DeleteFunc(rows, func(row []string) bool { return !inPlan[row[0]] })
	counters, virtual, shaped := map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, row := range rows {
		label := row[0] + "." + row[1]
		if strings.Contains(row[3], "auto_increment") {
			counters[row[0]] = engine.Ident(row[1])
		}
		virtual[label] = strings.Contains(row[3], "VIRTUAL")
		shaped[label] = slices.Contains(shapes, row[2])
	}
	var list []string
	for _, row := range rows {
		if counter := counters[row[0]]; counter != "" && strings.Contains(row[4], counter) {
			list = append(list, row[0]+"."+row[1]+" (generated from an AUTO_INCREMENT)")
		}
	}
	if len(rows) == len(counters) { // nothing else that keys are looked at for
		return list, nil
	}
	keys, err := table(ctx, in.Source, `SELECT TABLE_NAME, COALESCE(COLUMN_NAME, ''), INDEX_NAME, INDEX_TYPE FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ?`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		switch label := k[0] + "." + k[1]; {
		case shaped[label] && k[3] != "SPATIAL":
			list = append(list, k[0]+"."+k[2]+" (key over a part of a geometry)")
		case virtual[label] && k[3] == "SPATIAL":
			list = append(list, k[0]+"."+k[2]+" (SPATIAL over a virtual column)")
		}
	}
	foreign, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, CONSTRAINT_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IS NOT NULL`, in.Spec.SourceDatabase)
	for _, k := range foreign {
		if virtual[k[0]+"."+k[1]] {
			list = append(list, k[0]+"."+k[2]+" (foreign key over a virtual column)")
		}
	}
	return list, err
}

var (
	defaultCall = regexp.MustCompile("(?i)(?:^|[^a-z0-9_`])default\\(`((?:[^`]|``)+)`\\)")
	// plainDefault is one that MariaDB lists and MySQL keeps as a value, in columns that are no texts without a limit.
	plainDefault = regexp.MustCompile(`(?is)^(|NULL|-?[0-9.]+(e[-+]?[0-9]+)?|[bx]?'([^']|\'\')*'|current_timestamp\([0-9]*\))$`)
	boundless    = regexp.MustCompile(`(?i)text$|blob$|^json$`)
)

// defaultsOfExpressions lists the expressions with the DEFAULT() of a column whose own default is an expression.
func defaultsOfExpressions(ctx context.Context, in engine.CheckInput) ([]string, error) {
	columns, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COALESCE(COLUMN_DEFAULT, ''), COALESCE(GENERATION_EXPRESSION, '') FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	checks, err := table(ctx, in.Source, "SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ?", in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	computed, inPlan := map[string]bool{}, planned(in.Plan)
	for _, c := range columns {
		computed[strings.ToLower(c[0]+"."+engine.Ident(c[1]))] = c[3] != "" && (!plainDefault.MatchString(c[3]) || c[3] != "NULL" && boundless.MatchString(c[2]))
	}
	var list []string
	note := func(table, name, expression string) {
		for _, call := range defaultCall.FindAllStringSubmatch(expression, -1) {
			if inPlan[table] && computed[strings.ToLower(table+".`"+call[1]+"`")] {
				list = append(list, table+"."+name+" (DEFAULT of a column with an expression)")
				return
			}
		}
	}
	for _, c := range columns {
		note(c[0], c[1], c[3]+" "+c[4])
	}
	for _, c := range checks {
		note(c[0], c[1], c[2])
	}
	return list, nil
}
