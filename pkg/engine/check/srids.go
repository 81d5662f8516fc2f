package check

import (
	"context"

	"overmind/pkg/engine"
)

// srids names the columns whose SRID is not the same on the target: MySQL keeps a column to its SRID, while MariaDB only
// remembers it, and does not tell the greatest ones.
func srids(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	const remembered = "SELECT G_TABLE_NAME, CONCAT(G_TABLE_NAME, '.', G_GEOMETRY_COLUMN, ' (SRID ', SRID, ')') FROM information_schema.GEOMETRY_COLUMNS WHERE G_TABLE_SCHEMA = ? AND SRID "
	var query string
	var finding func(columns []string) engine.Finding
	switch fromMySQL, toMySQL := in.SourceServer.Flavour == engine.MySQL, in.TargetServer.Flavour == engine.MySQL; {
	case fromMySQL && toMySQL:
		return nil, nil
	case fromMySQL:
		query, finding = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (SRID ', SRS_ID, ')') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND SRS_ID IS NOT NULL ORDER BY 2", sridNotEnforced
	case toMySQL:
		query, finding = remembered+"<> 0 ORDER BY 2", sridLost
	default:
		query, finding = remembered+">= 32767 ORDER BY 2", sridUnclear
	}
	columns, err := foreignParts(ctx, in, []string{query})
	if err != nil || len(columns) == 0 {
		return nil, err
	}
	return []engine.Finding{finding(columns)}, nil
}

func sridNotEnforced(columns []string) engine.Finding {
	return confirm("srid_not_enforced", columns,
		"The target remembers the SRID of these columns (REF_SYSTEM_ID), but takes values of any other: "+join(columns)+".",
		"目标端会记录以下列的 SRID（REF_SYSTEM_ID），但仍接受其他 SRID 的值："+join(columns)+"。",
		"The values are the same; only new ones of another SRID are no longer refused.", "现有数据不变，只是不再拒绝其他 SRID 的新值。")
}

func sridLost(columns []string) engine.Finding {
	return confirm("srid_lost", columns,
		"The source remembers a SRID of these columns (REF_SYSTEM_ID) and takes values of any other. The target has nothing like it, and they get none: "+join(columns)+".",
		"源端记录了以下列的 SRID（REF_SYSTEM_ID）但接受其他 SRID 的值；目标端没有这种功能，这些列将没有 SRID："+join(columns)+"。",
		"The values are the same, each with its own SRID. Where that is the column's in all rows, you can give the column its SRID on the target.",
		"现有数据不变，每个值仍保留自己的 SRID；若所有行均与列一致，可在目标端为该列设置 SRID。")
}

func sridUnclear(columns []string) engine.Finding {
	return confirm("srid_unclear", columns,
		"The source tells no SRID of a column (REF_SYSTEM_ID) beyond 32767. On the target these get that one, whatever theirs is: "+join(columns)+".",
		"源端无法显示大于 32767 的列 SRID（REF_SYSTEM_ID），以下列在目标端将为 32767："+join(columns)+"。",
		"The values are the same, each with its own SRID; only what the server tells of the column may be another.", "现有数据不变，每个值仍保留自己的 SRID；只有服务器显示的列信息可能不同。")
}
