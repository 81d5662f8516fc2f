package engine

import (
	"context"
	"database/sql"
)

// MovesDirectories tells whether a server takes the files of a table with a DATA DIRECTORY along to another database.
// MySQL does so from 8.0 on. MariaDB leaves them in a folder of the database that the table has left, which then cannot be
// dropped, and does not find them any more once it was restarted.
func (s Server) MovesDirectories() bool { return s.Flavour == MySQL && AtLeast(s.Version, 8) }

// WithDirectories lists those of the tables that have files outside of their server's own folder, in whole or in part.
func WithDirectories(ctx context.Context, db *sql.DB, database string, tables []PlannedTable) ([]string, error) {
	definitions, err := tableDefinitions(ctx, db, database, tables)
	if err != nil {
		return nil, err
	}
	var names []string
	for i, t := range tables {
		if hasDirectory(definitions[i]) {
			names = append(names, t.Name)
		}
	}
	return names, nil
}

// hasDirectory finds DATA DIRECTORY or INDEX DIRECTORY among the options of a table or a partition.
func hasDirectory(definition string) bool {
	tokens := significantOf(lex(definition, dialect{}))
	for i, t := range tokens {
		if t.is("DIRECTORY") && i > 0 && (tokens[i-1].is("DATA") || tokens[i-1].is("INDEX")) {
			return true
		}
	}
	return false
}
