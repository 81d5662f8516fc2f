package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// backupLock says that an ALTER on the source makes the copy fail, because the account may not keep definitions as they are
// while it reads.
func backupLock(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.SourceServer.Flavour == engine.MariaDB || !engine.AtLeast(in.SourceServer.Version, 8) || in.SourceServer.Fingerprint == in.TargetServer.Fingerprint {
		return nil, nil
	}
	r, err := readRights(ctx, in.Source)
	if err != nil {
		return nil, err
	}
	missing := &missingGrants{rights: r}
	for _, privilege := range []string{"BACKUP_ADMIN", "PROCESS"} {
		if !r.global.has(privilege) {
			missing.add(privilege, "*.*")
		}
	}
	if len(missing.names) == 0 {
		return nil, nil
	}
	statements := joinLines(missing.statements)
	return []engine.Finding{note("definitions_not_locked", nil,
		fmt.Sprintf("The read account lacks %s, so a table can be altered between two parts that are read of it; the copy would notice it and fail.", join(missing.names)),
		fmt.Sprintf("读取账号缺少 %s，源表可能在分段读取的间隙被修改；复制会发现并失败。", join(missing.names)),
		"To have an ALTER wait until the copy is done, run on the source: "+statements, "如需让 ALTER 等待复制完成，请在源端执行："+statements)}, nil
}
