package check

import (
	"context"

	"overmind/pkg/engine"
)

// grammar refuses what the target does not understand: each definition is prepared there, as it would be executed.
func grammar(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	var findings []engine.Finding
	refused, err := in.Refused(ctx)
	if len(refused) > 0 {
		var names []string
		for _, r := range refused {
			names = append(names, r.Object+" ("+r.Reason+")")
		}
		findings = append(findings, block("definition_refused", names,
			"The target does not take the definition of: "+join(names)+".", "目标服务器不接受以下定义："+join(names)+"。",
			"Leave these objects out, or write them in a way that both servers understand.", "请排除这些对象，或改写为双方都支持的形式。"))
	}
	if err != nil {
		return findings, err
	}
	missing, err := in.MissingFunctions(ctx)
	if len(missing) > 0 {
		findings = append(findings, block("function_not_on_target", missing,
			"The target does not have these functions: "+join(missing)+".", "目标服务器缺少以下函数："+join(missing)+"。",
			"Leave these objects out, or use functions that both servers have.", "请排除这些对象，或改用双方都有的函数。"))
	}
	return findings, err
}
