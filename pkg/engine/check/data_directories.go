package check

import (
	"context"

	"overmind/pkg/engine"
)

// dataDirectories refuses tables with files outside of the server's own folder, where the target would lose them at the
// exchange: those that are copied, and those that would be replaced and kept.
func dataDirectories(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.TargetServer.MovesDirectories() {
		return nil, nil
	}
	copied, err := engine.WithDirectories(ctx, in.Source, in.Spec.SourceDatabase, in.Plan.Tables)
	if err != nil {
		return nil, err
	}
	var there []engine.PlannedTable
	for _, name := range replaced(in.Plan, "table") {
		there = append(there, engine.PlannedTable{Name: name})
	}
	stale, err := engine.WithDirectories(ctx, in.Target, in.Spec.TargetDatabase, there)
	if err != nil {
		return nil, err
	}
	var findings []engine.Finding
	if len(copied) > 0 {
		findings = append(findings, block("data_directory", copied,
			"These tables name a DATA DIRECTORY or INDEX DIRECTORY, and the target would lose their files when they are put in place: "+join(copied)+".",
			"以下表指定了 DATA DIRECTORY 或 INDEX DIRECTORY，目标服务器在切换表时会丢失其文件："+join(copied)+"。",
			"Leave these tables out, or rebuild them on the source without the option.", "请排除这些表，或在源端重建为不带该选项的表。"))
	}
	if len(stale) > 0 {
		findings = append(findings, block("replaced_data_directory", stale,
			"These tables of the target, which would be replaced and kept for an undo, name a DATA DIRECTORY or INDEX DIRECTORY, and the target would lose their files: "+join(stale)+".",
			"目标端以下表将被替换并保留以备撤销，但它们指定了 DATA DIRECTORY 或 INDEX DIRECTORY，目标服务器会丢失其文件："+join(stale)+"。",
			"Drop these tables on the target first, or rebuild them there without the option.", "请先在目标端删除这些表，或将其重建为不带该选项的表。"))
	}
	return findings, nil
}
