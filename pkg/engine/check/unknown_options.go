package check

import (
	"context"

	"overmind/pkg/engine"
)

// unknownOptions refuses tables with options that are of no use to their own server, and may be of some to the target.
func unknownOptions(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.SourceServer.Flavour != engine.MariaDB { // MySQL takes none
		return nil, nil
	}
	unknown, err := engine.UnknownOptions(ctx, in.Source, in.Spec.SourceDatabase, in.Plan.Tables)
	if err != nil || len(unknown) == 0 {
		return nil, err
	}
	return []engine.Finding{block("unknown_options", unknown,
		"These tables have options that their server keeps but does not know: "+join(unknown)+".", "以下表带有其服务器保留但不识别的选项："+join(unknown)+"。",
		"Take the options away on the source (ALTER TABLE … name=DEFAULT), or leave these tables out.", "请在源端去掉这些选项（ALTER TABLE … 选项名=DEFAULT），或排除这些表。")}, nil
}
