package engine

import "time"

// AssignExecutor lets a test plan what no server can hold.
var AssignExecutor = assignExecutor

func init() { deferFrom, swapLockWait, swapPatience, chunkBytes = 0, 1, 8*time.Second, 512<<10 }

// Means tells whether a statement from elsewhere could concern a database.
func Means(database, statement string) bool { return processRow{statement: statement}.means(database) }
