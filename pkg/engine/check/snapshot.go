package check

import (
	"context"
	"slices"

	"overmind/pkg/engine"
)

// snapshot says that only one session or dump can read, because the account may not do what lets several see the same
// state.
func snapshot(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly || in.Spec.Parallel == 1 || len(in.Plan.Tables) == 0 {
		return nil, nil
	}
	r, err := readRights(ctx, in.Source)
	if err != nil {
		return nil, err
	}
	natively := func(t engine.PlannedTable) bool { return t.Executor == engine.ExecutorNative }
	monitors := r.global.has("BINLOG MONITOR") || !engine.AtLeast(in.SourceServer.Version, 10, 5) && r.global.has("REPLICATION CLIENT")
	if in.SourceServer.Flavour == engine.MariaDB && monitors && slices.ContainsFunc(in.Plan.Tables, natively) {
		var logging bool // then sessions of ours know the position of their snapshots and need no lock
		if err := in.Source.QueryRowContext(ctx, "SELECT @@log_bin").Scan(&logging); err != nil || logging {
			return nil, err
		}
	}
	reloads := r.global.has("RELOAD") || r.global.has("FLUSH_TABLES")
	if in.SourceServer.Flavour == engine.MySQL {
		reloads = reloads && r.global.has("PROCESS") // who does not see other sessions does not ask for that lock
	}
	if reloads || r.onSchema(in.Spec.SourceDatabase, "LOCK TABLES") {
		return nil, nil
	}
	missing := &missingGrants{rights: r}
	missing.needSchema(in.Spec.SourceDatabase, "LOCK TABLES")
	statements := joinLines(missing.statements)
	return []engine.Finding{note("snapshot_one_session", nil,
		"The read account may not lock tables for a moment, so one session reads everything and the copy takes longer.",
		"读取账号无法短暂锁表，只能用一个会话读取全部数据，复制耗时更长。",
		"For more speed, run on the source: "+statements, "如需更快，请在源端执行："+statements)}, nil
}
