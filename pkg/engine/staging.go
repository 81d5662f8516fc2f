package engine

import (
	"context"
	"errors"
	"strings"

	"overmind/pkg/fault"
)

// ListStaging lists the schemas that Overmind has left on a server, those of runs in progress included.
func (e *Engine) ListStaging(ctx context.Context, target Endpoint) ([]StagingSchema, error) {
	db, err := connect(ctx, target)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT s.SCHEMA_NAME, COUNT(t.TABLE_NAME), COALESCE(SUM(t.DATA_LENGTH + t.INDEX_LENGTH), 0)
		FROM information_schema.SCHEMATA s LEFT JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = s.SCHEMA_NAME
		WHERE s.SCHEMA_NAME LIKE '\_om\_%' GROUP BY s.SCHEMA_NAME ORDER BY s.SCHEMA_NAME`)
	if err != nil {
		return nil, connectionFault(err, target)
	}
	defer rows.Close()
	list := []StagingSchema{}
	for rows.Next() {
		var s StagingSchema
		if err := rows.Scan(&s.Name, &s.Tables, &s.Bytes); err != nil {
			return nil, err
		}
		s.Old = strings.HasSuffix(s.Name, "_old")
		if IsOwnSchema(s.Name) {
			list = append(list, s)
		}
	}
	return list, rows.Err()
}

// DropStaging drops one of them, a table at a time. Any other name is refused (not_staging).
func (e *Engine) DropStaging(ctx context.Context, target Endpoint, schema string) error {
	if !IsOwnSchema(schema) {
		return fault.New(fault.Invalid, "not_staging", "%q is not a schema of Overmind.", schema)
	}
	db, err := connect(ctx, target)
	if err != nil {
		return err
	}
	return errors.Join(dropSchema(ctx, db, schema), db.Close())
}
