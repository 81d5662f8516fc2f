package check

import (
	"context"

	"overmind/pkg/engine"
)

// replacedTriggers says that a replaced table is without triggers for a moment: a table that has any cannot be renamed
// into another database.
func replacedTriggers(_ context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	triggers := replaced(in.Plan, "trigger")
	if len(triggers) == 0 {
		return nil, nil
	}
	return []engine.Finding{confirm("trigger_gap", triggers,
		"These triggers are off for a moment while their tables are replaced: "+join(triggers)+".",
		"替换表的瞬间，以下触发器将短暂失效："+join(triggers)+"。",
		"Let nobody write to these tables at the end of the copy.", "请在复制结束时避免写入这些表。")}, nil
}
