package check

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"overmind/pkg/engine"
)

// selectLimit refuses client programs where the source ends every SELECT after some rows by itself: their sessions take
// it over and nothing tells them so.
func selectLimit(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	byPrograms := slices.ContainsFunc(in.Plan.Tables, func(t engine.PlannedTable) bool { return t.Executor == engine.ExecutorPipe })
	if in.Spec.Content == engine.StructureOnly || !byPrograms {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, "SELECT @@GLOBAL.sql_select_limit")
	if err != nil {
		return nil, err
	}
	most, err := strconv.ParseUint(rows[0][0], 10, 64)
	if err != nil || most >= 1<<32-1 { // on 32 bits it is no limit
		return nil, err
	}
	return []engine.Finding{block("source_limits_selects", nil,
		fmt.Sprintf("The source ends every SELECT after %d rows (sql_select_limit), those of the client programs too.", most),
		fmt.Sprintf("源服务器会在 %d 行后结束所有 SELECT（sql_select_limit），客户端程序也不例外。", most),
		"Let the engine choose the executor: the native one reads everything. Or run on the source: SET GLOBAL sql_select_limit = DEFAULT;",
		"请让引擎自行选择执行方式：原生方式会读取全部数据；也可在源端执行：SET GLOBAL sql_select_limit = DEFAULT;")}, nil
}
