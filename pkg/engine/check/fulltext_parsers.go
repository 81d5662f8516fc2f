package check

import (
	"context"
	"regexp"
	"slices"

	"overmind/pkg/engine"
)

var withParser = regexp.MustCompile("\\) /\\*!\\d+ WITH PARSER `([^`]+)` \\*/")

// fullTextParsers refuses FULLTEXT keys whose parser the target does not have. It shows in SHOW CREATE only.
func fullTextParsers(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	names, err := column(ctx, in.Source, "SELECT DISTINCT TABLE_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND INDEX_TYPE = 'FULLTEXT' ORDER BY TABLE_NAME", in.Spec.SourceDatabase)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	there, err := column(ctx, in.Target, "SELECT LOWER(PLUGIN_NAME) FROM information_schema.PLUGINS WHERE PLUGIN_TYPE = 'FTPARSER' AND PLUGIN_STATUS = 'ACTIVE'")
	if err != nil {
		return nil, err
	}
	var absent []string
	for _, name := range only(names, planned(in.Plan)) {
		shown, err := table(ctx, in.Source, "SHOW CREATE TABLE "+engine.QName(in.Spec.SourceDatabase, name))
		if err != nil {
			return nil, err
		}
		for _, found := range withParser.FindAllStringSubmatch(shown[0][1], -1) {
			if label := name + " (" + found[1] + ")"; !slices.Contains(there, found[1]) && !slices.Contains(absent, label) {
				absent = append(absent, label)
			}
		}
	}
	if len(absent) == 0 {
		return nil, nil
	}
	return []engine.Finding{block("fulltext_parser_not_on_target", absent,
		"The target does not have the parser of the FULLTEXT keys of: "+join(absent)+".", "目标服务器缺少以下表的 FULLTEXT 索引所用的解析器："+join(absent)+"。",
		"Install the parser's plugin on the target, or drop these keys on the source.", "请在目标端安装该解析器插件，或在源端删除这些索引。")}, nil
}
