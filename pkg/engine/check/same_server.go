package check

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"

	"overmind/pkg/engine"
)

// sameServer refuses to copy a database onto itself. Two addresses can be one server and two servers can have one
// identity (a cloned disk), so it takes a lock on one side and looks for it on the other.
func sameServer(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	conn, err := in.Source.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	lock := "om_same_" + rand.Text()
	if _, err := conn.ExecContext(ctx, "DO GET_LOCK(?, 0)", lock); err != nil {
		return nil, err
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "DO RELEASE_LOCK(?)", lock) }()
	var holder sql.NullInt64
	if err := in.Target.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?)", lock).Scan(&holder); err != nil {
		return nil, err
	}
	if !holder.Valid {
		if in.SourceServer.Fingerprint != in.TargetServer.Fingerprint {
			return nil, nil
		}
		return []engine.Finding{confirm("same_identity", []string{in.SourceServer.Fingerprint},
			fmt.Sprintf("Source and target are different servers with the same identity %s, as after cloning a disk.", in.SourceServer.Fingerprint),
			fmt.Sprintf("源端与目标端是不同的服务器，但标识相同（%s），通常由克隆磁盘造成。", in.SourceServer.Fingerprint),
			"Make sure that both addresses are the servers you mean; give the clone its own server_uuid.",
			"请确认两个地址均为预期的服务器，并为克隆的服务器生成新的 server_uuid。")}, nil
	}
	var caseless bool
	if err := in.Target.QueryRowContext(ctx, "SELECT @@lower_case_table_names <> 0").Scan(&caseless); err != nil {
		return nil, err
	}
	from, to := in.Spec.SourceDatabase, in.Spec.TargetDatabase
	if from == to || caseless && strings.EqualFold(from, to) {
		return []engine.Finding{block("source_is_target", []string{to},
			fmt.Sprintf("Source and target are the same database %q on the same server.", to),
			fmt.Sprintf("源与目标是同一服务器上的同一数据库 %q。", to),
			"Choose another target database or another target instance.", "请选择其他目标数据库或目标实例。")}, nil
	}
	return []engine.Finding{note("same_server", nil,
		"Source and target are on the same server, which does the work of both.", "源与目标位于同一服务器，由其承担双方的负载。",
		"Nothing needs to be done.", "无需处理。")}, nil
}
