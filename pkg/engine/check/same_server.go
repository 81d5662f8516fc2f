package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// sameServer refuses to copy a database onto itself.
func sameServer(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	one, err := engine.OneServer(ctx, in.Source, in.Target)
	if err != nil {
		return nil, err
	}
	if !one {
		if in.SourceServer.Fingerprint != in.TargetServer.Fingerprint {
			return nil, nil
		}
		return []engine.Finding{confirm("same_identity", []string{in.SourceServer.Fingerprint},
			fmt.Sprintf("Source and target are different servers with the same identity %s, as after cloning a disk.", in.SourceServer.Fingerprint),
			fmt.Sprintf("源端与目标端是不同的服务器，但标识相同（%s），通常由克隆磁盘造成。", in.SourceServer.Fingerprint),
			"Make sure that both addresses are the servers you mean; give the clone its own server_uuid.",
			"请确认两个地址均为预期的服务器，并为克隆的服务器生成新的 server_uuid。")}, nil
	}
	from, to := in.Spec.SourceDatabase, in.Spec.TargetDatabase
	if one, err = engine.OneName(ctx, in.Target, from, to); err != nil {
		return nil, err
	}
	if one {
		return []engine.Finding{block("source_is_target", []string{to},
			fmt.Sprintf("Source and target are the same database %q on the same server.", to),
			fmt.Sprintf("源与目标是同一服务器上的同一数据库 %q。", to),
			"Choose another target database or another target instance.", "请选择其他目标数据库或目标实例。")}, nil
	}
	return []engine.Finding{note("same_server", nil,
		"Source and target are on the same server, which does the work of both.", "源与目标位于同一服务器，由其承担双方的负载。",
		"Nothing needs to be done.", "无需处理。")}, nil
}
