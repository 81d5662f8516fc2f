package check

import (
	"context"

	"overmind/pkg/engine"
)

// events says that events arrive switched off: on a test server they would do what they do in production.
func events(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if len(in.Plan.Events) == 0 {
		return nil, nil
	}
	var scheduler string
	if err := in.Target.QueryRowContext(ctx, "SELECT @@global.event_scheduler").Scan(&scheduler); err != nil {
		return nil, err
	}
	return []engine.Finding{note("events_disabled", in.Plan.Events,
		"These events are created switched off: "+join(in.Plan.Events)+"; the target's event scheduler is "+scheduler+".",
		"以下事件将以禁用状态创建："+join(in.Plan.Events)+"；目标端的事件调度器状态为 "+scheduler+"。",
		"Switch on those you want with ALTER EVENT … ENABLE.", "需要时请使用 ALTER EVENT … ENABLE 启用。")}, nil
}
