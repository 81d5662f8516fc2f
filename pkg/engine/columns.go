package engine

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"overmind/pkg/fault"
)

// verifyColumns compares the columns of the staged tables with those of the source: a server may take a definition and
// make something else of it, by a setting or because it reads a part as a comment.
func (r *run) verifyColumns(ctx context.Context) error {
	want, err := columnsOf(ctx, r.source, r.spec.SourceDatabase, r.translation.name)
	if err != nil {
		return err
	}
	have, err := columnsOf(ctx, r.target, r.names.Staging, func(collation string) string { return collation })
	if err != nil {
		return err
	}
	var changed []string
	for _, t := range r.tables {
		if !slices.Equal(want[t.name], have[t.name]) {
			changed = append(changed, t.name+": "+firstDifference(want[t.name], have[t.name]))
		}
	}
	if len(changed) > 0 {
		return fault.New(fault.Invalid, DefinitionRefused, "The target makes other columns of these tables: %s.", strings.Join(changed, "; "))
	}
	return nil
}

func firstDifference(want, have []string) string {
	for i := range max(len(want), len(have)) {
		switch {
		case i >= len(have):
			return want[i] + " is missing"
		case i >= len(want):
			return have[i] + " was added"
		case want[i] != have[i]:
			return want[i] + " became " + have[i]
		}
	}
	return ""
}

// displayWidth is shown by some servers only and means nothing without ZEROFILL.
var displayWidth = regexp.MustCompile(`(int|year)\(\d+\)`)

// sameType gives types their common name where the flavours use two.
var sameType = strings.NewReplacer("json", "longtext", "geomcollection", "geometrycollection")

// columnsOf describes every column of a database's tables in words that both flavours share. rename gives a collation
// the name that it is expected to have.
func columnsOf(ctx context.Context, db queryer, database string, rename func(string) string) (map[string][]string, error) {
	all := map[string][]string{}
	err := eachRow(ctx, db, `SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COALESCE(COLLATION_NAME, ''), EXTRA, DATA_TYPE,
			COLUMN_DEFAULT IS NOT NULL OR COALESCE(GENERATION_EXPRESSION, '') <> ''
		FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION`, database, func(scan func(...any) error) error {
		var table, name, columnType, nullable, collation, extra, dataType string
		var given bool
		if err := scan(&table, &name, &columnType, &nullable, &collation, &extra, &dataType, &given); err != nil {
			return err
		}
		if !strings.Contains(columnType, "zerofill") {
			columnType = displayWidth.ReplaceAllString(columnType, "$1")
		}
		if dataType != "enum" && dataType != "set" { // their members are not types
			columnType = sameType.Replace(PlainType(columnType))
		}
		if columnType == "longtext" && collation == "utf8mb4_bin" || collation == "binary" { // JSON on MariaDB; an ENUM of bytes, which MySQL does not say
			collation = ""
		}
		collation = rename(collation)
		described := fmt.Sprintf("%s %s", Ident(name), columnType)
		if nullable == "NO" {
			described += " NOT NULL"
			if dataType == "timestamp" && !given { // some servers give it a default of their own
				described += " without a default"
			}
		}
		if collation != "" {
			described += " COLLATE " + collation
		}
		for _, property := range []string{"AUTO_INCREMENT", "INVISIBLE", "VIRTUAL", "STORED", "ON UPDATE"} {
			if strings.Contains(strings.ToUpper(extra), property) {
				described += " " + property
			}
		}
		all[table] = append(all[table], described)
		return nil
	})
	return all, err
}
