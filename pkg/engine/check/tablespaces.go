package check

import (
	"context"

	"overmind/pkg/engine"
)

// tablespaces refuses tables without rows to read: those whose tablespace was discarded.
func tablespaces(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly {
		return nil, nil
	}
	candidates, err := maybeDiscarded(ctx, in)
	if err != nil {
		return nil, err
	}
	var discarded []string
	for _, name := range only(candidates, planned(in.Plan)) {
		_, err := column(ctx, in.Source, "SELECT 1 FROM "+engine.QName(in.Spec.SourceDatabase, name)+" LIMIT 1")
		if engine.ServerSaid(err, 1814) {
			discarded = append(discarded, name)
		} else if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if len(discarded) == 0 {
		return nil, nil
	}
	return []engine.Finding{block("tablespace_discarded", discarded,
		"These tables have no rows to read, because their tablespaces were discarded: "+join(discarded)+".", "以下表的表空间已被丢弃，无法读取数据："+join(discarded)+"。",
		"Import their tablespaces on the source (ALTER TABLE … IMPORT TABLESPACE), or leave these tables out.", "请在源端导入其表空间（ALTER TABLE … IMPORT TABLESPACE），或排除这些表。")}, nil
}

// maybeDiscarded are the tables that can be: MariaDB says of one that it has no data, and MySQL 8 whether it has any such
// table at all, to accounts that may see all of the server. MySQL 5.7 says nothing.
func maybeDiscarded(ctx context.Context, in engine.CheckInput) ([]string, error) {
	const inDatabase = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND ENGINE = 'InnoDB'"
	switch {
	case in.SourceServer.Flavour == engine.MariaDB:
		return column(ctx, in.Source, inDatabase+" AND DATA_LENGTH = 0 ORDER BY TABLE_NAME", in.Spec.SourceDatabase)
	case !engine.AtLeast(in.SourceServer.Version, 8):
		return column(ctx, in.Source, inDatabase+" ORDER BY TABLE_NAME", in.Spec.SourceDatabase)
	}
	found, err := column(ctx, in.Source, "SELECT 1 FROM information_schema.INNODB_TABLESPACES WHERE STATE = 'discarded' LIMIT 1")
	if engine.ServerSaid(err, 1227) || err == nil && len(found) == 0 { // an account without PROCESS
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return column(ctx, in.Source, inDatabase+" ORDER BY TABLE_NAME", in.Spec.SourceDatabase)
}
