package check

import (
	"context"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// triggerUses looks at copies of chosen tables: their triggers come along, but not the other tables, and the routines, that
// these use. Where the target has none of that name, every statement that fires such a trigger fails.
func triggerUses(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if len(in.Spec.Tables) == 0 || len(in.Plan.Triggers) == 0 {
		return nil, nil
	}
	folded, _, err := namesFolded(ctx, in)
	if err != nil {
		return nil, err
	}
	used, err := leftBehind(ctx, in)
	if err != nil {
		return nil, err
	}
	bodies, err := table(ctx, in.Source, "SELECT TRIGGER_NAME, ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? ORDER BY TRIGGER_NAME", in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, body := range bodies {
		if uses := used.in(body[1], in.Spec.SourceDatabase, folded != 0); slices.Contains(in.Plan.Triggers, body[0]) && len(uses) > 0 {
			missing = append(missing, "trigger "+body[0]+" ("+strings.Join(uses, ", ")+")")
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	return []engine.Finding{confirm("trigger_uses_missing", missing,
		"These triggers use what is neither copied nor on the target, and statements that fire them will fail there: "+join(missing)+".",
		"以下触发器使用了既不复制、目标端也没有的对象，触发它们的语句将在目标端失败："+join(missing)+"。",
		"Copy these tables too, make the routines in the target database, or drop the triggers there afterwards.", "请同时复制这些表，在目标库中创建这些程序，或在复制后删除这些触发器。")}, nil
}

// absent are the objects of the source, by kind, that the target will not have.
type absent map[string][]string

func leftBehind(ctx context.Context, in engine.CheckInput) (absent, error) {
	const objects = `SELECT 'table', TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?
		UNION ALL SELECT LOWER(ROUTINE_TYPE), ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? AND ROUTINE_TYPE IN ('FUNCTION', 'PROCEDURE')`
	here, err := table(ctx, in.Source, objects, in.Spec.SourceDatabase, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	there, err := table(ctx, in.Target, objects, in.Spec.TargetDatabase, in.Spec.TargetDatabase)
	if err != nil {
		return nil, err
	}
	has := map[string]bool{}
	for _, object := range there {
		has[object[0]+" "+strings.ToLower(object[1])] = true
	}
	for _, name := range in.Spec.Tables {
		has["table "+strings.ToLower(name)] = true
	}
	missing := absent{}
	for _, object := range here {
		if kind, name := object[0], object[1]; !has[kind+" "+strings.ToLower(name)] {
			missing[kind] = append(missing[kind], name)
		}
	}
	return missing, nil
}

// in lists which of them a trigger's body uses, each with its kind.
func (a absent) in(body, database string, folded bool) []string {
	var uses []string
	words := wordsOf(body)
	for i, w := range words {
		if w.before == "." && (i == 0 || !strings.EqualFold(words[i-1].text, database)) {
			continue // a column, or an object of another database
		}
		before := w.before
		if before == "." {
			before = words[i-1].before
		}
		kind := "table"
		switch {
		case strings.EqualFold(before, "CALL"):
			kind = "procedure"
		case w.after == "(" && slices.ContainsFunc(a["function"], func(name string) bool { return strings.EqualFold(name, w.text) }):
			kind = "function"
		}
		at := slices.IndexFunc(a[kind], func(name string) bool {
			return name == w.text || (folded || kind != "table") && strings.EqualFold(name, w.text)
		})
		if at < 0 {
			continue
		}
		if use := kind + " " + a[kind][at]; !slices.Contains(uses, use) {
			uses = append(uses, use)
		}
	}
	return uses
}
