package native

import (
	"context"
	"database/sql"
)

// byBackupStage stops commits for a moment, as MariaDB's own backup does. It needs RELOAD.
func byBackupStage(ctx context.Context, s Source, conns []*sql.Conn) (string, error) {
	if !s.MariaDB {
		return "", errUnfit
	}
	return "", under(ctx, s, conns, "BACKUP STAGE END", "BACKUP STAGE START", "BACKUP STAGE BLOCK_COMMIT")
}
