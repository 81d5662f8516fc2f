package check

import (
	"context"
	"slices"

	"overmind/pkg/engine"
)

// views finds the views that do not work on the source. The target would refuse them after all rows were copied. A view
// that runs with its caller's rights may only lack those of the read account, so it is named without a block.
func views(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	invoker, err := column(ctx, in.Source, "SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ? AND SECURITY_TYPE = 'INVOKER'", in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	var broken, untried []string
	for _, view := range in.Plan.Views {
		err := engine.Prepare(ctx, in.Source, "SELECT 1 FROM "+engine.QName(in.Spec.SourceDatabase, view))
		switch {
		case engine.ServerSaid(err, 1356) && slices.Contains(invoker, view):
			untried = append(untried, view)
		case engine.ServerSaid(err, 1356, 1250): // 1250: MySQL makes some whose ORDER BY it does not take afterwards
			broken = append(broken, view)
		case ctx.Err() != nil:
			return nil, err
		}
	}
	var found []engine.Finding
	if len(broken) > 0 {
		found = append(found, block("view_invalid", broken,
			"These views do not work on the source: they use tables, columns or functions that are not there, or that their definer may not use: "+join(broken)+".",
			"以下视图在源端无法使用：引用了不存在或其定义者无权使用的表、列或函数："+join(broken)+"。",
			"Repair or drop them on the source, or name the tables and views to copy.", "请在源端修复或删除这些视图，或指定要复制的表和视图。"))
	}
	if len(untried) > 0 {
		found = append(found, note("view_untried", untried,
			"These views run with their caller's rights, and the read account cannot use them, so it is not known whether they work: "+join(untried)+".",
			"以下视图以调用者的权限运行，读账号无法使用它们，因此不知道它们是否可用："+join(untried)+"。",
			"If one of them does not work on the source, the copy fails and leaves the target as it is.", "如果其中有视图在源端不可用，复制会失败，目标保持原样。"))
	}
	return found, nil
}
