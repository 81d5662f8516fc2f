package check

import (
	"context"

	"overmind/pkg/engine"
)

// utf8mb4Default looks at a MySQL target with a default collation of its own for utf8mb4: it takes that for parameters and
// results of routines even where they name the collation that is the default otherwise.
func utf8mb4Default(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if len(in.Plan.Routines) == 0 || in.TargetServer.Flavour != engine.MySQL {
		return nil, nil
	}
	const query = "SELECT @@default_collation_for_utf8mb4 FROM information_schema.CHARACTER_SETS WHERE CHARACTER_SET_NAME = 'utf8mb4' AND DEFAULT_COLLATE_NAME <> @@default_collation_for_utf8mb4"
	there, err := column(ctx, in.Target, query)
	if engine.ServerSaid(err, 1193) || err == nil && len(there) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	here, err := column(ctx, in.Source, query)
	if err != nil && !engine.ServerSaid(err, 1193) || len(here) > 0 && here[0] == there[0] {
		return nil, err
	}
	return []engine.Finding{confirm("utf8mb4_default_changed", in.Plan.Routines,
		"The target's default_collation_for_utf8mb4 is "+there[0]+", which parameters and results in utf8mb4 may take whatever they name: "+join(in.Plan.Routines)+".",
		"目标端的 default_collation_for_utf8mb4 为 "+there[0]+"，以下程序中 utf8mb4 的参数和返回值可能采用它而忽略所写的排序规则："+join(in.Plan.Routines)+"。",
		"Run on the target: SET GLOBAL default_collation_for_utf8mb4 = DEFAULT; or accept that comparisons in them may give other results.",
		"请在目标端执行：SET GLOBAL default_collation_for_utf8mb4 = DEFAULT; 或接受其中的比较结果可能不同。")}, nil
}
