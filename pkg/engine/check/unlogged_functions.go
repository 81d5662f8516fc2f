package check

import (
	"context"
	"slices"

	"overmind/pkg/engine"
)

// unloggedFunctions foresees error 1418: a server that writes a binary log takes no function that does not say that it
// is deterministic or changes nothing, whoever creates it, unless told to trust.
func unloggedFunctions(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if len(in.Plan.Routines) == 0 {
		return nil, nil
	}
	var strict bool
	if err := in.Target.QueryRowContext(ctx, "SELECT @@global.log_bin AND NOT @@global.log_bin_trust_function_creators").Scan(&strict); err != nil || !strict {
		return nil, err
	}
	names, err := column(ctx, in.Source, `SELECT CONCAT('function ', ROUTINE_NAME) FROM information_schema.ROUTINES
		WHERE ROUTINE_SCHEMA = ? AND ROUTINE_TYPE = 'FUNCTION' AND IS_DETERMINISTIC = 'NO' AND SQL_DATA_ACCESS NOT IN ('NO SQL', 'READS SQL DATA')
		ORDER BY ROUTINE_NAME`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(in.Plan.Routines, name) })
	if len(names) == 0 {
		return nil, nil
	}
	return []engine.Finding{block("function_not_logged", names,
		"The target writes a binary log and takes no function that is neither DETERMINISTIC nor NO SQL or READS SQL DATA: "+join(names)+".",
		"目标服务器开启了二进制日志，不接受既非 DETERMINISTIC 也非 NO SQL 或 READS SQL DATA 的函数："+join(names)+"。",
		"Run on the target: SET GLOBAL log_bin_trust_function_creators = 1; or declare on the source what the functions do (ALTER FUNCTION … READS SQL DATA).",
		"请在目标端执行：SET GLOBAL log_bin_trust_function_creators = 1; 或在源端声明函数的特性（ALTER FUNCTION … READS SQL DATA）。")}, nil
}
