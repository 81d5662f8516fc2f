package engine

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// storedFormats are what servers show after the types of temporal columns that are stored in another format than theirs.
// It is of no meaning for a definition.
var storedFormats = []string{"/* mariadb-5.3 */", "/* mysql-5.6 */", "/* 5.5 binary format */"}

// withoutFormats is the definition of a table as the server shows it where it has its own format in all columns.
func withoutFormats(definition string) string {
	if !slices.ContainsFunc(storedFormats, func(format string) bool { return strings.Contains(definition, format) }) {
		return definition
	}
	tokens := lex(definition, dialect{})
	for i := range tokens {
		if tokens[i].kind == tokenComment && slices.Contains(storedFormats, tokens[i].text) {
			tokens[i].text = ""
			if i > 0 && tokens[i-1].kind == tokenSpace {
				tokens[i-1].text = ""
			}
		}
	}
	return joinTokens(tokens)
}

// PlainType is the type of a column, but no ENUM or SET, without the format that it is stored in.
func PlainType(columnType string) string {
	for _, format := range storedFormats {
		columnType = strings.TrimSuffix(columnType, " "+format)
	}
	return columnType
}

// UnknownOptions names those tables with options that their server keeps for no use of its own, each with these.
func UnknownOptions(ctx context.Context, db *sql.DB, database string, tables []PlannedTable) ([]string, error) {
	definitions, err := tableDefinitions(ctx, db, database, tables)
	if err != nil {
		return nil, err
	}
	var names []string
	for i, t := range tables {
		if unknown := unknownOptions(definitions[i]); len(unknown) > 0 {
			names = append(names, t.Name+" ("+strings.Join(unknown, ", ")+")")
		}
	}
	return names, nil
}

// unknownOptions are those that a server keeps for no use of its own: MariaDB shows them as comments.
func unknownOptions(definition string) []string {
	var options []string
	for _, t := range lex(definition, dialect{}) {
		if t.kind == tokenComment {
			options = append(options, t.text)
		}
	}
	return options
}
