package check

import (
	"context"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// replacedRoutines says that a routine that is made anew loses the rights that were given on it by name: the server
// takes them away with the old one.
func replacedRoutines(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	var routines []string
	for _, label := range in.Plan.Replaces {
		if strings.HasPrefix(label, "function ") || strings.HasPrefix(label, "procedure ") {
			routines = append(routines, label)
		}
	}
	if len(routines) == 0 {
		return nil, nil
	}
	rows, err := table(ctx, in.Target, `SELECT CONCAT(LOWER(Routine_type), ' ', Routine_name), CONCAT(User, '@', Host)
		FROM mysql.procs_priv WHERE Db = ? ORDER BY 1, 2`, in.Spec.TargetDatabase)
	switch {
	case engine.ServerSaid(err, 1142, 1044): // the account may not look: the rights of all of them may be lost
		return lostRights(routines), nil
	case err != nil:
		return nil, err
	}
	var given []string
	for _, row := range rows {
		if slices.ContainsFunc(routines, func(label string) bool { return strings.EqualFold(label, row[0]) }) {
			given = append(given, row[0]+" ("+row[1]+")")
		}
	}
	if len(given) == 0 {
		return nil, nil
	}
	return lostRights(given), nil
}

func lostRights(objects []string) []engine.Finding {
	return []engine.Finding{confirm("routine_rights_lost", objects,
		"These routines are made anew, and rights that were given on them by name are lost: "+join(objects)+".",
		"以下例程将被重新创建，按名称授予的权限会丢失："+join(objects)+"。",
		"Note the grants first (SHOW GRANTS) and give them again after the copy.", "请先记录相关授权（SHOW GRANTS），并在复制后重新授予。")}
}
