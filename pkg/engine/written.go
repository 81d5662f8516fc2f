package engine

import (
	"context"
	"database/sql"

	"overmind/pkg/fault"
)

// outsideSnapshot lists the tables whose storage engine takes no part in a consistent snapshot. ARCHIVE is left out: its
// checksum is another one before its rows are flushed.
const outsideSnapshot = `SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE'
	AND UPPER(ENGINE) IN ('MYISAM', 'ARIA', 'MEMORY', 'CSV')`

// sumOutside takes the source's own checksums of the tables that are not read in the snapshot.
func (r *run) sumOutside(ctx context.Context) (map[string]string, error) {
	if r.spec.Content == StructureOnly {
		return nil, nil
	}
	names, err := column(ctx, r.source, outsideSnapshot, r.spec.SourceDatabase)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	conn, err := session(ctx, r.source, r.sessions.source)
	if err != nil {
		return nil, err
	}
	defer discard(conn)
	outside, sums := set(names), map[string]string{}
	for _, t := range r.tables {
		if !outside[t.name] {
			continue
		}
		var name string
		var sum sql.NullString // NULL where the table is gone, which others notice
		if err := conn.QueryRowContext(ctx, "CHECKSUM TABLE "+QName(r.spec.SourceDatabase, t.name)).Scan(&name, &sum); err != nil {
			return nil, err
		}
		sums[t.name] = sum.String
	}
	return sums, nil
}

// outsideUnchanged makes sure that nobody has written to these tables since before was taken: what was read of them
// would be of no one moment.
func (r *run) outsideUnchanged(ctx context.Context, before map[string]string) error {
	if len(before) == 0 {
		return nil
	}
	now, err := r.sumOutside(ctx)
	if err != nil {
		return err
	}
	for _, t := range r.tables {
		if now[t.name] != before[t.name] {
			return fault.New(fault.Conflict, "source_changed", "Table %s is not transactional and was written to during the copy: copy it while nobody does, or convert it to InnoDB.", t.name)
		}
	}
	return nil
}
