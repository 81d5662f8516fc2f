package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// A larger table is not read for what hardly any text holds, unless client programs write to the target, which may take
// them for question marks: loading it natively names the table, before anything of the target is touched.
const surrogatesLookedForIn = 64 << 20

// surrogates looks for halves of UTF-16 pairs (U+D800 to U+DFFF) that MySQL would get as UTF-8: MariaDB stores them,
// MySQL knows that they are no characters. It takes them as UCS-2 only, as the native engine moves them.
func surrogates(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly || in.SourceServer.Flavour != engine.MariaDB || in.TargetServer.Flavour != engine.MySQL {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, CHARACTER_SET_NAME = 'ucs2' FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND CHARACTER_SET_NAME IN ('utf8mb3', 'utf8', 'utf8mb4', 'ucs2', 'utf32') AND DATA_TYPE NOT IN ('enum', 'set')
			AND COALESCE(GENERATION_EXPRESSION, '') = '' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	tables, probes := tablesOf(in.Plan), map[string][]probe{}
	for _, row := range rows {
		t := tables[row[0]]
		if t.Executor == engine.ExecutorNative && (t.Bytes > surrogatesLookedForIn || row[2] == "1") {
			continue
		}
		condition := fmt.Sprintf(`CAST(CONVERT(%s USING utf8mb4) AS BINARY) REGEXP '\\xED[\\xA0-\\xBF]'`, engine.Ident(row[1]))
		probes[t.Name] = append(probes[t.Name], probe{row[0] + "." + row[1], condition})
	}
	held, err := met(ctx, in, probes)
	if len(held) == 0 {
		return nil, err
	}
	return []engine.Finding{block("surrogates", held,
		"These columns hold halves of UTF-16 pairs (U+D800 to U+DFFF), which MySQL does not accept as characters: "+join(held)+".",
		"以下列含有 UTF-16 代理码位（U+D800 至 U+DFFF），MySQL 不接受其为字符："+join(held)+"。",
		"Replace them on the source, or convert these columns to a binary type there.", "请在源端替换这些字符，或将这些列转换为二进制类型。")}, err
}
