package check

import (
	"context"
	"maps"
	"slices"

	"overmind/pkg/engine"
)

// conversions names what converts a value to a character set, as CONVERT(… USING utf8mb4) does, and compares the result
// in another way on the target: a conversion takes the server's default collation, and there is no other way to write it.
func conversions(_ context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	var changed []string
	for _, d := range in.Definitions {
		for _, collation := range slices.Sorted(maps.Keys(d.Converts)) {
			changed = append(changed, d.Object+" ("+collation+" → "+d.Converts[collation]+")")
		}
	}
	if len(changed) == 0 {
		return nil, nil
	}
	return []engine.Finding{confirm("conversion_collation_changed", changed,
		"These convert texts to a character set (CONVERT … USING, CAST … CHARACTER SET), and the result takes the server's default collation, which is another on the target: "+join(changed)+".",
		"以下对象会将文本转换为某个字符集（CONVERT … USING、CAST … CHARACTER SET），结果采用服务器的默认排序规则，而目标端的默认值不同："+join(changed)+"。",
		"Write the collation after the conversion on the source, such as CONVERT(a USING utf8mb4) COLLATE utf8mb4_general_ci, or accept that comparisons may give other results.",
		"请在源端的转换之后写明排序规则，例如 CONVERT(a USING utf8mb4) COLLATE utf8mb4_general_ci；或接受比较结果可能不同。")}, nil
}
