package check

import (
	"context"

	"overmind/pkg/engine"
)

// readOnly refuses a target that does not take writes, or whose database does not. A load account with the right to write
// anyway is no excuse: a read-only server is somebody's replica.
func readOnly(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	rows, err := table(ctx, in.Target, `SHOW GLOBAL VARIABLES WHERE Variable_name IN
		('read_only', 'super_read_only', 'innodb_read_only', 'transaction_read_only', 'tx_read_only', 'offline_mode')
		AND Value NOT IN ('OFF', '0')`)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return readOnlyDatabase(ctx, in)
	}
	var on []string
	for _, row := range rows {
		on = append(on, row[0])
	}
	return []engine.Finding{block("target_read_only", on,
		"The target server does not take writes: "+join(on)+".", "目标服务器当前为只读："+join(on)+"。",
		"Choose the primary server as the target.", "请选择主库作为目标。")}, nil
}

// readOnlyDatabase looks at the target database, which MySQL from 8.0.22 on can keep from changes.
func readOnlyDatabase(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	names, err := column(ctx, in.Target, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA_EXTENSIONS WHERE SCHEMA_NAME = ? AND OPTIONS LIKE '%READ ONLY=1%'", in.Spec.TargetDatabase)
	if engine.ServerSaid(err, 1109) { // a server without such databases
		return nil, nil
	}
	if err != nil || len(names) == 0 {
		return nil, err
	}
	return []engine.Finding{block("target_database_read_only", names,
		"The target database is read-only: "+join(names)+".", "目标数据库当前为只读："+join(names)+"。",
		"Run on the target: ALTER DATABASE "+engine.Ident(names[0])+" READ ONLY = 0; or choose another database.",
		"请在目标端执行：ALTER DATABASE "+engine.Ident(names[0])+" READ ONLY = 0; 或选择其他数据库。")}, nil
}
