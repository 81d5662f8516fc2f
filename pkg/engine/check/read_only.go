package check

import (
	"context"

	"overmind/pkg/engine"
)

// readOnly refuses a target that does not take writes. A load account with the right to write anyway is no excuse: a
// read-only server is somebody's replica.
func readOnly(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	rows, err := table(ctx, in.Target, `SHOW GLOBAL VARIABLES WHERE Variable_name IN
		('read_only', 'super_read_only', 'innodb_read_only', 'transaction_read_only', 'tx_read_only', 'offline_mode')
		AND Value NOT IN ('OFF', '0')`)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var on []string
	for _, row := range rows {
		on = append(on, row[0])
	}
	return []engine.Finding{block("target_read_only", on,
		"The target server does not take writes: "+join(on)+".", "目标服务器当前为只读："+join(on)+"。",
		"Choose the primary server as the target.", "请选择主库作为目标。")}, nil
}
