package check

import (
	"context"

	"overmind/pkg/engine"
)

// databaseOptions names what the source database has and the one that the copy creates does not get.
func databaseOptions(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	exists, err := column(ctx, in.Target, defaultCollation, in.Spec.TargetDatabase)
	if err != nil || len(exists) > 0 {
		return nil, err
	}
	options := []struct {
		name, query string
		kept        bool
	}{
		{"COMMENT", "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ? AND SCHEMA_COMMENT <> ''", in.TargetServer.CommentsDatabases()},
		{"ENCRYPTION", "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ? AND DEFAULT_ENCRYPTION = 'YES'", in.TargetServer.EncryptsDatabases()},
		{"READ ONLY", "SELECT 1 FROM information_schema.SCHEMATA_EXTENSIONS WHERE SCHEMA_NAME = ? AND OPTIONS LIKE '%READ ONLY=1%'", false},
	}
	var lost []string
	for _, option := range options {
		has, err := column(ctx, in.Source, option.query, in.Spec.SourceDatabase)
		if err != nil && !engine.ServerSaid(err, 1054, 1109) { // a server whose databases do not have it
			return nil, err
		}
		if len(has) > 0 && !option.kept {
			lost = append(lost, option.name)
		}
	}
	if len(lost) == 0 {
		return nil, nil
	}
	return []engine.Finding{confirm("database_option_lost", lost,
		"The new database does not get these options of the source database: "+join(lost)+".", "新数据库不会带有源数据库的以下选项："+join(lost)+"。",
		"Set them after the copy with ALTER DATABASE where the target has them, or accept their loss.", "如目标端支持，可在复制后用 ALTER DATABASE 设置；或接受其丢失。")}, nil
}
