package check

import (
	"context"
	"strings"

	"overmind/pkg/engine"
)

// remoteEngines keep their rows elsewhere.
var remoteEngines = map[string]bool{
	"FEDERATED": true, "CONNECT": true, "SPIDER": true, "MRG_MYISAM": true, "S3": true,
}

// consistentEngines take part in a consistent snapshot, or have no rows.
var consistentEngines = map[string]bool{"INNODB": true, "ROCKSDB": true, "TOKUDB": true, "BLACKHOLE": true}

// engines looks at where the tables' rows are kept, and whether the target can do the same.
func engines(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COALESCE(ENGINE, '') FROM information_schema.TABLES
		WHERE TABLE_SCHEMA = ? AND TABLE_TYPE <> 'VIEW' ORDER BY TABLE_NAME`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	there, err := enginesOf(ctx, in)
	if err != nil {
		return nil, err
	}
	var remote, absent, outside []string
	inPlan := planned(in.Plan)
	for _, row := range rows {
		name, kept := row[0], strings.ToUpper(row[1])
		label := name + " (" + row[1] + ")"
		switch {
		case !inPlan[name]:
		case remoteEngines[kept]:
			remote = append(remote, label)
		case !there[kept]:
			absent = append(absent, label)
		case !consistentEngines[kept]:
			outside = append(outside, label)
		}
	}
	var findings []engine.Finding
	if len(remote) > 0 {
		findings = append(findings, block("engine_not_supported", remote,
			"These tables do not hold their own rows: "+join(remote)+".", "以下表本身不保存数据："+join(remote)+"。",
			"Leave these tables out.", "请排除这些表。"))
	}
	if len(absent) > 0 {
		findings = append(findings, block("engine_not_on_target", absent,
			"The target does not have the storage engine of: "+join(absent)+".", "目标服务器缺少以下表的存储引擎："+join(absent)+"。",
			"Enable the engine on the target, or convert the tables to InnoDB.", "请在目标端启用该存储引擎，或将表转换为 InnoDB。"))
	}
	if len(outside) > 0 {
		findings = append(findings, note("engine_outside_snapshot", outside,
			"These tables are not transactional: the copy fails, and leaves the target as it is, if one of them is written to meanwhile, which is not noticed of ARCHIVE: "+join(outside)+".",
			"以下表不支持事务，复制期间若有写入（ARCHIVE 表的写入无法察觉），复制将失败，目标保持原样："+join(outside)+"。",
			"Copy while nobody writes to them, or convert them to InnoDB.", "请在无写入时复制，或将其转换为 InnoDB。"))
	}
	return findings, nil
}

// enginesOf lists the target's usable engines in upper case.
func enginesOf(ctx context.Context, in engine.CheckInput) (map[string]bool, error) {
	names, err := column(ctx, in.Target, "SELECT ENGINE FROM information_schema.ENGINES WHERE SUPPORT IN ('YES', 'DEFAULT')")
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, name := range names {
		there[strings.ToUpper(name)] = true
	}
	var disabled string
	switch err := in.Target.QueryRowContext(ctx, "SELECT @@global.disabled_storage_engines").Scan(&disabled); {
	case engine.ServerSaid(err, 1193): // MariaDB has no such variable
	case err != nil:
		return nil, err
	}
	for name := range strings.SplitSeq(disabled, ",") {
		delete(there, strings.ToUpper(strings.TrimSpace(name)))
	}
	return there, nil
}
