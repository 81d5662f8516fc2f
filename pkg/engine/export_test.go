package engine

func init() { deferFrom, swapLockWait = 0, 1 }
