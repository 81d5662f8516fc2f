package check

import (
	"context"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// nameCase looks at targets that keep table names in lower case: two names can become one.
func nameCase(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	source, target, err := namesFolded(ctx, in)
	if err != nil || target == 0 || source == target {
		return nil, err
	}
	names := slices.Clone(in.Plan.Views)
	for _, t := range in.Plan.Tables {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	var colliding, folded []string
	first := map[string]string{}
	for _, name := range names {
		lower := strings.ToLower(name)
		if other, taken := first[lower]; taken {
			colliding = append(colliding, other+" = "+name)
			continue
		}
		first[lower] = name
		if lower != name && target == 1 {
			folded = append(folded, name)
		}
	}
	var findings []engine.Finding
	if len(colliding) > 0 {
		findings = append(findings, block("names_collide", colliding,
			"The target does not tell these names apart (lower_case_table_names): "+join(colliding)+".",
			"目标服务器不区分以下名称的大小写（lower_case_table_names）："+join(colliding)+"。",
			"Rename the tables, or leave one of each pair out.", "请重命名，或从每组中排除一个。"))
	}
	if len(folded) > 0 {
		findings = append(findings, block("names_lowered", folded,
			"The target would keep these names in lower case (lower_case_table_names=1): "+join(folded)+".",
			"目标服务器会将以下名称转为小写（lower_case_table_names=1）："+join(folded)+"。",
			"Rename them to lower case on the source, or choose another target.", "请在源端改为小写名称，或选择其他目标。"))
	}
	return findings, nil
}

// namesFolded is how both servers treat the case of names: 0 = they tell names apart by it.
func namesFolded(ctx context.Context, in engine.CheckInput) (source, target int, err error) {
	const query = "SELECT @@lower_case_table_names"
	if err = in.Source.QueryRowContext(ctx, query).Scan(&source); err == nil {
		err = in.Target.QueryRowContext(ctx, query).Scan(&target)
	}
	return source, target, err
}
