package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// replacedRows says how many rows a copy of the structure alone takes out of the target.
func replacedRows(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content != engine.StructureOnly {
		return nil, nil
	}
	var emptied []string
	var total int64
	for _, name := range replaced(in.Plan, "table") {
		count, exact, err := countRows(ctx, in, name)
		if err != nil {
			return nil, err
		}
		if count == 0 && exact {
			continue
		}
		total += count
		about := ""
		if !exact {
			about = "≈ "
		}
		emptied = append(emptied, fmt.Sprintf("%s (%s%d)", name, about, count))
	}
	if len(emptied) == 0 {
		return nil, nil
	}
	return []engine.Finding{confirm("rows_dropped", emptied,
		fmt.Sprintf("Only the structure is copied: %d rows leave the target with the tables that are replaced: %s.", total, join(emptied)),
		fmt.Sprintf("仅复制结构：被替换的表中共有 %d 行数据将从目标库移除：%s。", total, join(emptied)),
		"Copy structure and data, or leave these tables out.", "请选择复制结构和数据，或排除这些表。")}, nil
}

// countRows counts the rows of a target table, or estimates them where counting takes too long.
func countRows(ctx context.Context, in engine.CheckInput, name string) (count int64, exact bool, err error) {
	const part = limit / 4 // several tables share the check's time
	counting, cancel := context.WithTimeout(ctx, part)
	defer cancel()
	query := limited(in.TargetServer.Flavour, "COUNT(*) FROM "+engine.QName(in.Spec.TargetDatabase, name))
	err = in.Target.QueryRowContext(counting, query).Scan(&count)
	if err == nil {
		return count, true, nil
	}
	if counting.Err() == nil && !timedOut(err) {
		return 0, false, err
	}
	err = in.Target.QueryRowContext(ctx, "SELECT COALESCE(MAX(TABLE_ROWS), 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
		in.Spec.TargetDatabase, name).Scan(&count)
	return count, false, err
}
