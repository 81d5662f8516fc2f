package check

import (
	"context"
	"strings"

	"overmind/pkg/engine"
)

// functionCreators foresees error 1419: a server that writes a binary log lets only SUPER create functions and
// triggers, unless told to trust their creators.
func functionCreators(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	objects := replaced(in.Plan, "trigger")
	for _, name := range in.Plan.Triggers {
		objects = append(objects, "trigger "+name)
	}
	for _, routine := range in.Plan.Routines {
		if strings.HasPrefix(routine, "function ") { // procedures are free
			objects = append(objects, routine)
		}
	}
	if len(objects) == 0 {
		return nil, nil
	}
	var strict bool
	if err := in.Target.QueryRowContext(ctx, "SELECT @@global.log_bin AND NOT @@global.log_bin_trust_function_creators").Scan(&strict); err != nil || !strict {
		return nil, err
	}
	r, err := readRights(ctx, in.Target)
	if err != nil || r.global.has("SUPER") {
		return nil, err
	}
	return []engine.Finding{block("function_creators_not_trusted", objects,
		"The target writes a binary log and lets only accounts with SUPER create functions and triggers: "+join(objects)+".",
		"目标服务器开启了二进制日志，仅允许具有 SUPER 权限的账号创建函数和触发器："+join(objects)+"。",
		"Run on the target: SET GLOBAL log_bin_trust_function_creators = 1; or GRANT SUPER ON *.* TO "+r.account+";",
		"请在目标端执行：SET GLOBAL log_bin_trust_function_creators = 1; 或 GRANT SUPER ON *.* TO "+r.account+";")}, nil
}
