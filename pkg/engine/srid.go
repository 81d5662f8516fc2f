package engine

import (
	"context"
	"slices"
	"strings"
)

// withReferenceSystems writes the SRIDs of columns into a table's definition, in the place that MariaDB has for them: it
// does not show them itself.
func withReferenceSystems(ctx context.Context, db queryer, database, table, definition string) (string, error) {
	tokens := lex(definition, dialect{})
	open, end, err := body(tokens)
	if err != nil {
		return "", err
	}
	columns := slices.DeleteFunc(splitElements(tokens[open+1:end]), func(e element) bool {
		return e.tokens[e.at(0)].kind != tokenIdent || !spatial[e.word(1)] || e.has("SRID")
	})
	if len(columns) == 0 {
		return definition, nil
	}
	found, err := column(ctx, db, "SELECT CONCAT(SRID, ' ', G_GEOMETRY_COLUMN) FROM information_schema.GEOMETRY_COLUMNS WHERE G_TABLE_SCHEMA = ? AND G_TABLE_NAME = ? AND SRID <> 0", database, table)
	if err != nil && !ServerSaid(err, 1109) { // MySQL shows them
		return "", err
	}
	srids := map[string]string{}
	for _, row := range found {
		srid, name, _ := strings.Cut(row, " ")
		srids[name] = srid
	}
	for _, e := range columns {
		if srid := srids[e.tokens[e.at(0)].name()]; srid != "" {
			e.tokens[e.at(1)].text += " REF_SYSTEM_ID=" + srid
		}
	}
	return joinTokens(tokens), nil
}
