package check

import (
	"context"
	"database/sql"
)

// Missing gives the GRANT statements that the account of db needs whatever is copied: the load account its rights on the
// staging schemas. What a certain database needs is for its preflight to say.
func Missing(ctx context.Context, db *sql.DB, role string) ([]string, error) {
	if role != "load" {
		return nil, nil
	}
	r, err := readRights(ctx, db)
	if err != nil {
		return nil, err
	}
	missing := &missingGrants{rights: r}
	missing.needOwnSchemas(neededForTables...)
	return missing.statements, nil
}
