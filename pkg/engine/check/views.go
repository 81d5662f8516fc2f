package check

import (
	"context"

	"overmind/pkg/engine"
)

// views finds the views that do not work on the source. The target would refuse them after all rows were copied.
func views(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	var broken []string
	for _, view := range in.Plan.Views {
		_, err := column(ctx, in.Source, "SELECT 1 FROM "+engine.QName(in.Spec.SourceDatabase, view)+" LIMIT 0")
		switch {
		case serverSaid(err, 1356):
			broken = append(broken, view)
		case ctx.Err() != nil:
			return nil, err
		}
	}
	if len(broken) == 0 {
		return nil, nil
	}
	return []engine.Finding{block("view_invalid", broken,
		"These views do not work on the source: they use tables, columns or functions that are not there, or that their definer may not use: "+join(broken)+".",
		"以下视图在源端无法使用：引用了不存在或其定义者无权使用的表、列或函数："+join(broken)+"。",
		"Repair or drop them on the source, or name the tables and views to copy.", "请在源端修复或删除这些视图，或指定要复制的表和视图。")}, nil
}
