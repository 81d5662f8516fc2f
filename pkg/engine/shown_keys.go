package engine

import (
	"context"
	"regexp"
	"strings"
)

var (
	constraintShown = regexp.MustCompile("\n  CONSTRAINT `")
	// keyShown is a foreign key without a backtick in the names of itself and of its columns.
	keyShown = regexp.MustCompile("^\n  CONSTRAINT `[^`]+` (?:CHECK |FOREIGN KEY \\((?:`[^`]+`(?:, )?)+\\) REFERENCES (?:`(?:[^`]|``)+`\\.)?`(?:[^`]|``)+` \\((?:`[^`]+`(?:, )?)+\\))")
)

// withEscapedKeys is the definition of a table with the names in its foreign keys as they have to be written: MariaDB
// 10.5.23, 10.6.23 and 11.4.7 show a backtick in those of keys and columns as it stands, 10.11.19 and 11.8.9 do not.
func withEscapedKeys(ctx context.Context, db queryer, database, table, definition string) (string, error) {
	plain := true
	for _, at := range constraintShown.FindAllStringIndex(definition, -1) {
		plain = plain && keyShown.MatchString(definition[at[0]:])
	}
	if plain {
		return definition, nil
	}
	var keys []shownKey
	rows, err := db.QueryContext(ctx, `SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE
		WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION`, database, table)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		var name, column, referenced string
		if err := rows.Scan(&name, &column, &referenced); err != nil {
			return "", err
		}
		if len(keys) == 0 || keys[len(keys)-1].name != name {
			keys = append(keys, shownKey{name: name})
		}
		last := &keys[len(keys)-1]
		last.columns, last.referenced = append(last.columns, column), append(last.referenced, referenced)
	}
	for _, key := range keys {
		definition = key.escaped(definition)
	}
	return definition, rows.Err()
}

// shownKey is a foreign key by its names.
type shownKey struct {
	name                string
	columns, referenced []string
}

// escaped writes the key as it has to be where a definition shows its names as they are.
func (k shownKey) escaped(definition string) string {
	unescaped := func(name string) string { return "`" + name + "`" }
	before, rest, ok := strings.Cut(definition, k.head(unescaped))
	if !ok {
		return definition
	}
	table, rest, ok := strings.Cut(rest, " ("+list(k.referenced, unescaped)+")")
	if !ok {
		return definition
	}
	return before + k.head(Ident) + table + " (" + list(k.referenced, Ident) + ")" + rest
}

func (k shownKey) head(quote func(string) string) string {
	return "\n  CONSTRAINT " + quote(k.name) + " FOREIGN KEY (" + list(k.columns, quote) + ") REFERENCES "
}

func list(names []string, quote func(string) string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return strings.Join(quoted, ", ")
}
