package check

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// definers lists the objects whose DEFINER cannot be kept, because the account does not exist on the target or the load
// account may not name it.
func definers(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	copied := copiedPrograms(in.Plan)
	lost, err := definersLost(ctx, in.Source, in.Spec.SourceDatabase, func(program string) bool { return copied[program] },
		func(accounts []string) (map[string]bool, error) { return engine.KeptDefiners(ctx, in.Target, accounts) })
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	var changed, gone []string
	for _, row := range lost {
		changed = append(changed, row[0]+" ("+row[1]+")")
		if !slices.Contains(gone, row[1]) {
			gone = append(gone, row[1])
		}
	}
	return []engine.Finding{confirm("definer_replaced", changed,
		"The load account becomes the definer of: "+join(changed)+".", "以下对象的 DEFINER 将变为写入账号："+join(changed)+"。",
		"To keep them, create on the target "+strings.Join(gone, ", ")+" and let the load account name other definers (SET USER, SET_USER_ID or SET_ANY_DEFINER, with SELECT on mysql.user).",
		"如需保留，请在目标端创建账号 "+strings.Join(gone, ", ")+"，并授予写入账号指定其他 DEFINER 的权限（SET USER、SET_USER_ID 或 SET_ANY_DEFINER，以及 mysql.user 的 SELECT）。")}, nil
}

// definersLost lists the programs of a database, each with its definer, whose definer is not one of those kept.
func definersLost(ctx context.Context, db *sql.DB, database string, concerned func(program string) bool, keep func(accounts []string) (map[string]bool, error)) ([][]string, error) {
	rows, err := table(ctx, db, `
		SELECT CONCAT('view ', TABLE_NAME), DEFINER FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?
		UNION ALL SELECT CONCAT('trigger ', TRIGGER_NAME), DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?
		UNION ALL SELECT CONCAT(LOWER(ROUTINE_TYPE), ' ', ROUTINE_NAME), DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?
		UNION ALL SELECT CONCAT('event ', EVENT_NAME), DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?
		ORDER BY 1`, database, database, database, database)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(row []string) bool { return !concerned(row[0]) })
	var accounts []string
	for _, row := range rows {
		if !strings.Contains(row[1], "@") { // a role, as MariaDB lists that of a routine; the others have an @
			row[1] += "@"
		}
		if !slices.Contains(accounts, row[1]) {
			accounts = append(accounts, row[1])
		}
	}
	kept, err := keep(accounts)
	rows = slices.DeleteFunc(rows, func(row []string) bool { return kept[row[1]] })
	for _, row := range rows {
		row[1] = strings.TrimSuffix(row[1], "@")
	}
	return rows, err
}
