package check

import (
	"context"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// replacedDefiners looks for programs of the target that are replaced and that the load account could not put back as
// they were. Triggers must be put back when the exchange of tables does not succeed; all others only when it is undone.
func replacedDefiners(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	lost, err := definersLost(ctx, in.Target, in.Spec.TargetDatabase, func(program string) bool { return slices.Contains(in.Plan.Replaces, program) },
		func(accounts []string) (map[string]bool, error) {
			return engine.RestorableDefiners(ctx, in.Target, accounts)
		})
	if err != nil {
		return nil, err
	}
	var triggers, others []string
	for _, row := range lost {
		if label := row[0] + " (" + row[1] + ")"; strings.HasPrefix(label, "trigger ") {
			triggers = append(triggers, label)
		} else {
			others = append(others, label)
		}
	}
	const en, zh = "Let the load account name other definers (SET USER, SET_USER_ID, or SET_ANY_DEFINER and ALLOW_NONEXISTENT_DEFINER, with SELECT on mysql.user)", "请授予写入账号指定其他 DEFINER 的权限（SET USER、SET_USER_ID，或 SET_ANY_DEFINER 与 ALLOW_NONEXISTENT_DEFINER，以及 mysql.user 的 SELECT）"
	var findings []engine.Finding
	if len(triggers) > 0 {
		findings = append(findings, block("trigger_not_restorable", triggers,
			"These triggers of the target are taken off for the exchange, and the load account could not put them back for their definers if it fails: "+join(triggers)+".",
			"交换表时会移除目标端的以下触发器，若交换失败，写入账号无法以原 DEFINER 恢复它们："+join(triggers)+"。",
			en+", or drop the triggers first.", zh+"，或先删除这些触发器。"))
	}
	if len(others) > 0 {
		findings = append(findings, confirm("undo_not_possible", others,
			"The copy cannot be undone, because the load account could not give these back to their definers: "+join(others)+".",
			"写入账号无法将以下对象恢复给原 DEFINER，因此本次复制无法撤销："+join(others)+"。",
			en+", or accept it.", zh+"，或接受此结果。"))
	}
	return findings, nil
}
