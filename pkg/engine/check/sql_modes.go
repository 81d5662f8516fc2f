package check

import (
	"context"
	"maps"
	"slices"

	"overmind/pkg/engine"
)

// idleModes are parts of a sql_mode without effect in a stored definition, or with the effect that the other flavour
// always has: MySQL rounds fractions of a second and MariaDB cuts them unless they are told otherwise. The names of
// other products stand for parts that are listed beside them.
var idleModes = []string{
	"NO_AUTO_CREATE_USER", "NO_FIELD_OPTIONS", "NO_KEY_OPTIONS", "NO_TABLE_OPTIONS", "TIME_ROUND_FRACTIONAL", "TIME_TRUNCATE_FRACTIONAL",
	"ANSI", "POSTGRESQL", "MSSQL", "DB2", "MAXDB", "MYSQL323", "MYSQL40",
}

// idle tells whether a part of a sql_mode does nothing. MySQL before 8.0 rounds fractions and cannot be told otherwise.
func idle(in engine.CheckInput, mode string) bool {
	return slices.Contains(idleModes, mode) && (mode != "TIME_TRUNCATE_FRACTIONAL" || in.SourceServer.Flavour != in.TargetServer.Flavour)
}

// sqlModes looks at the sql_mode that views, triggers, routines and events were made under: the target keeps what it
// knows of it.
func sqlModes(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	unknown, added, err := in.Modes(ctx)
	if err != nil {
		return nil, err
	}
	var dropped, foreign []string
	for _, mode := range slices.Sorted(maps.Keys(unknown)) {
		for _, object := range unknown[mode] {
			if idle(in, mode) {
				dropped = append(dropped, object+" ("+mode+")")
			} else {
				foreign = append(foreign, object+" ("+mode+")")
			}
		}
	}
	for _, mode := range slices.Sorted(maps.Keys(added)) {
		for _, object := range added[mode] {
			if !idle(in, mode) { // MariaDB's TRADITIONAL brings NO_AUTO_CREATE_USER along
				foreign = append(foreign, object+" (without "+mode+")")
			}
		}
	}
	var findings []engine.Finding
	if len(foreign) > 0 {
		findings = append(findings, block("sql_mode_not_on_target", foreign,
			"These objects were made under a sql_mode that changes what they do and that the target cannot have: "+join(foreign)+".",
			"以下对象在创建时使用了目标服务器没有且会影响其行为的 sql_mode："+join(foreign)+"。",
			"Leave these objects out, or make them anew on the source under another sql_mode.", "请排除这些对象，或在源端用其他 sql_mode 重新创建。"))
	}
	if len(dropped) > 0 {
		findings = append(findings, note("sql_mode_dropped", dropped,
			"The target does not have these parts of a sql_mode. They have no effect in these objects and are left out: "+join(dropped)+".",
			"目标服务器没有以下 sql_mode 选项；它们对这些对象不起作用，将被省略："+join(dropped)+"。",
			"Nothing has to be done.", "无需处理。"))
	}
	return findings, nil
}
