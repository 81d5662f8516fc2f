package check

import (
	"context"
	"database/sql"

	"overmind/pkg/engine"
)

// limits makes sure that the lines at which a copy has to pause can be looked at. A line that nobody can see would be
// crossed, or would hold the copy up for ever.
func limits(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	var findings []engine.Finding
	for _, side := range []struct {
		limits engine.ServerLimits
		db     *sql.DB
		server engine.Server
		en, zh string
	}{{in.Spec.Limits.Source, in.Source, in.SourceServer, "source", "源端"}, {in.Spec.Limits.Target, in.Target, in.TargetServer, "target", "目标端"}} {
		if side.limits.LagSeconds == 0 {
			continue
		}
		_, err := engine.ReplicaLag(ctx, side.db)
		if err == nil {
			continue
		}
		if !engine.ServerSaid(err, 1227) {
			return findings, err
		}
		r, err := readRights(ctx, side.db)
		if err != nil {
			return findings, err
		}
		privilege := "REPLICATION CLIENT"
		if side.server.Flavour == engine.MariaDB && engine.AtLeast(side.server.Version, 10, 5, 9) {
			privilege = "REPLICA MONITOR"
		}
		grant := "GRANT " + privilege + " ON *.* TO " + r.account + ";"
		findings = append(findings, block("lag_not_visible", []string{side.en},
			"The copy has to pause when the "+side.en+" is behind as a replica, but the account may not see how far it is.",
			"复制须在"+side.zh+"（从库）延迟过大时暂停，但该账号无权查看延迟。",
			"Run on the "+side.en+": "+grant+" Or take the limit away.", "请在"+side.zh+"执行："+grant+" 或取消该限额。"))
	}
	return findings, nil
}
