package check

import (
	"context"
	"regexp"
	"slices"

	"overmind/pkg/engine"
)

// textTypes are those of parameters and variables that take the database's character set unless they name one.
var textTypes = regexp.MustCompile(`(?i)\b(char|character|varchar|varcharacter|tinytext|text|mediumtext|longtext|enum)\b`)

// programDefaults names the routines, triggers and events with texts of their own whose character set and collation are
// those of the database they were made in: in the target database these are others.
func programDefaults(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Translation == nil {
		return nil, nil
	}
	now, of, mapped, err := defaultOnTarget(ctx, in)
	if err != nil || of == "" {
		return nil, err
	}
	database := in.Spec.SourceDatabase
	rows, err := table(ctx, in.Source, `
		SELECT CONCAT(LOWER(ROUTINE_TYPE), ' ', ROUTINE_NAME), DATABASE_COLLATION, ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?
		UNION ALL SELECT CONCAT('trigger ', TRIGGER_NAME), DATABASE_COLLATION, ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?
		UNION ALL SELECT CONCAT('event ', EVENT_NAME), DATABASE_COLLATION, EVENT_DEFINITION FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?
		ORDER BY 1`, database, database, database)
	if err != nil {
		return nil, err
	}
	withTexts, err := column(ctx, in.Source, `SELECT DISTINCT CONCAT(LOWER(ROUTINE_TYPE), ' ', SPECIFIC_NAME) FROM information_schema.PARAMETERS
		WHERE SPECIFIC_SCHEMA = ? AND ORDINAL_POSITION > 0 AND CHARACTER_SET_NAME IS NOT NULL`, database)
	if err != nil {
		return nil, err
	}
	copied := copiedPrograms(in.Plan)
	var changed []string
	for _, row := range rows { // those that were made under another default keep it
		wanted, _ := in.Translation.Collation(row[1])
		if copied[row[0]] && row[1] == now && wanted != of && (textTypes.MatchString(row[2]) || slices.Contains(withTexts, row[0])) {
			changed = append(changed, row[0]+" ("+row[1]+" → "+of+")")
		}
	}
	if len(changed) == 0 {
		return nil, nil
	}
	remedy := "Name the character set and collation in these definitions, or give the target database the source's default: ALTER DATABASE … COLLATE " + mapped + "."
	remedyZH := "请在这些定义中写明字符集和排序规则，或先将目标库的默认值改为：ALTER DATABASE … COLLATE " + mapped + "。"
	return []engine.Finding{confirm("program_collation_changed", changed,
		"Parameters and variables that name no character set take the database's, and that of the target database is another: "+join(changed)+".",
		"未写明字符集的参数和变量采用数据库的默认值，而目标库的默认值不同："+join(changed)+"。", remedy, remedyZH)}, nil
}

// defaultOnTarget is the source's default collation, the one that the target database has or gets, and the one that stands
// there for the source's.
func defaultOnTarget(ctx context.Context, in engine.CheckInput) (now, of, mapped string, err error) {
	names, err := column(ctx, in.Source, defaultCollation, in.Spec.SourceDatabase)
	if err != nil || len(names) == 0 {
		return "", "", "", err
	}
	if mapped, _ = in.Translation.Collation(names[0]); mapped == "" {
		mapped = engine.FallbackCollation
	}
	there, err := column(ctx, in.Target, defaultCollation, in.Spec.TargetDatabase)
	if err != nil || len(there) == 0 {
		return names[0], mapped, mapped, err
	}
	return names[0], there[0], mapped, nil
}

// copiedPrograms are the labels of what the plan holds beside tables.
func copiedPrograms(plan *engine.Plan) map[string]bool {
	copied := map[string]bool{}
	for kind, names := range map[string][]string{"view ": plan.Views, "trigger ": plan.Triggers, "": plan.Routines, "event ": plan.Events} {
		for _, name := range names {
			copied[kind+name] = true
		}
	}
	return copied
}
