package native

import (
	"context"
	"database/sql"
)

// byBackupStage stops commits for a moment, as MariaDB's own backup does. It needs RELOAD.
func byBackupStage(ctx context.Context, s Source, watch *sql.Conn, open func(context.Context) error) error {
	if !s.MariaDB {
		return errUnfit
	}
	return under(ctx, s, watch, open, "BACKUP STAGE END", "BACKUP STAGE START", "BACKUP STAGE BLOCK_COMMIT")
}
