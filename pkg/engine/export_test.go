package engine

import "time"

// AssignExecutor lets a test plan what no server can hold.
var AssignExecutor = assignExecutor

func init() { deferFrom, swapTurn, chunkBytes = 0, SwapTurn, 512<<10 }

// SwapTurn is how long an exchange waits for a table at a time, in tests.
const SwapTurn = time.Second

// GiveUpSoon makes an exchange that finds a table in use fail within seconds.
func (e *Engine) GiveUpSoon() { e.patience = 3 * time.Second }
