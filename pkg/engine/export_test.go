package engine

// AssignExecutor lets a test plan what no server can hold.
var AssignExecutor = assignExecutor

func init() { deferFrom, swapLockWait, chunkBytes = 0, 1, 512<<10 }
