package engine

func init() { deferFrom, swapLockWait, chunkBytes = 0, 1, 512<<10 }
