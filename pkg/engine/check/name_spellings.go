package check

import (
	"context"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// nameSpellings looks at sources that do not tell names of tables and aliases apart by case, while the target does: it
// names the programs that write one in another way than it is kept.
func nameSpellings(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	source, target, err := namesFolded(ctx, in)
	if err != nil || source == 0 || target != 0 {
		return nil, err
	}
	database := in.Spec.SourceDatabase
	names, err := column(ctx, in.Source, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?", database)
	if err != nil {
		return nil, err
	}
	if in.Spec.TargetDatabase == database { // else it is written anew
		names = append(names, database)
	}
	kept := map[string]string{}
	for _, name := range names {
		kept[strings.ToLower(name)] = name
	}
	programs, err := table(ctx, in.Source, `
		SELECT CONCAT('view ', TABLE_NAME), VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?
		UNION ALL SELECT CONCAT(LOWER(ROUTINE_TYPE), ' ', ROUTINE_NAME), ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?
		UNION ALL SELECT CONCAT('trigger ', TRIGGER_NAME), ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?
		UNION ALL SELECT CONCAT('event ', EVENT_NAME), EVENT_DEFINITION FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?
		ORDER BY 1`, database, database, database, database)
	if err != nil {
		return nil, err
	}
	copied := copiedPrograms(in.Plan)
	var spelled []string
	for _, p := range programs {
		if others := spelledOtherwise(p[1], kept); copied[p[0]] && len(others) > 0 {
			spelled = append(spelled, p[0]+" ("+strings.Join(others, ", ")+")")
		}
	}
	if len(spelled) == 0 {
		return nil, nil
	}
	return []engine.Finding{confirm("name_case_differs", spelled,
		"The target tells names apart by case and the source does not (lower_case_table_names). These write names in another case than the table, or in two, and may fail when they are used: "+join(spelled)+".",
		"目标服务器区分名称大小写而源端不区分（lower_case_table_names）。以下程序中的名称与表名大小写不同或前后不一，使用时可能出错："+join(spelled)+"。",
		"Write tables and aliases in one case in these definitions on the source, that in which the table is kept.", "请在源端将这些定义中的表名和别名统一为实际保存的大小写。")}, nil
}

// spelledOtherwise lists the names of a program that are those of a table but for their case, and the qualifiers that stand
// in it in more than one.
func spelledOtherwise(program string, kept map[string]string) []string {
	spellings, qualifies := map[string][]string{}, map[string]bool{}
	for _, w := range wordsOf(program) {
		lower := strings.ToLower(w.text)
		if lower == "new" || lower == "old" { // of a trigger, in any case
			continue
		}
		if !slices.Contains(spellings[lower], w.text) {
			spellings[lower] = append(spellings[lower], w.text)
		}
		qualifies[lower] = qualifies[lower] || w.after == "."
	}
	var others []string
	for lower, written := range spellings {
		name, isTable := kept[lower]
		wrong := slices.DeleteFunc(slices.Clone(written), func(w string) bool { return w == name })
		if isTable && len(wrong) > 0 || !isTable && qualifies[lower] && len(written) > 1 {
			others = append(others, wrong...)
		}
	}
	slices.Sort(others)
	return others
}
