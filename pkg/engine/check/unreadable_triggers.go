package check

import (
	"context"
	"slices"

	"overmind/pkg/engine"
)

// unreadableTriggers finds those that the source neither shows nor runs: MySQL 8.0 and 8.4 keep one with other than plain
// ASCII in its name, which a client of another character set than UTF-8 made, in a way that they do not read.
func unreadableTriggers(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	names, err := column(ctx, in.Source, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? AND CHARACTER_SET_CLIENT NOT LIKE 'utf8%' ORDER BY TRIGGER_NAME", in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	var unreadable []string
	for _, name := range names {
		if !slices.Contains(in.Plan.Triggers, name) {
			continue
		}
		_, err := table(ctx, in.Source, "SHOW CREATE TRIGGER "+engine.QName(in.Spec.SourceDatabase, name))
		if engine.ServerSaid(err, engine.CorruptTrigger) {
			unreadable = append(unreadable, "trigger "+name)
		} else if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if len(unreadable) == 0 {
		return nil, nil
	}
	return []engine.Finding{block("trigger_unreadable", unreadable,
		"The source can neither show nor run these triggers: "+join(unreadable)+".", "源服务器既无法显示也无法执行以下触发器："+join(unreadable)+"。",
		"Make them anew in a session in utf8mb4, or drop them on the source.", "请在 utf8mb4 会话中重新创建这些触发器，或在源端删除。")}, nil
}
