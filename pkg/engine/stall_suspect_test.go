package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine/processlist"
)

func TestOnlySuspect_IsTheOneSessionThatCanHoldTheLock(t *testing.T) {
	t.Parallel()
	waiting := processlist.Session{ID: 1, Command: "Query", State: "Waiting for table metadata lock", Seconds: 10}
	idle := processlist.Session{ID: 2, Command: "Sleep", Seconds: 100}
	busy := processlist.Session{ID: 3, Command: "Query", State: "copy to tmp table", Seconds: 20}
	late := processlist.Session{ID: 4, Command: "Query", Seconds: 5}
	alike := processlist.Session{ID: 5, Command: "Query", State: waiting.State, Seconds: 20}
	all := []processlist.Session{waiting, idle, busy, late, alike}
	ours := []uint64{1}
	require.Equal(t, uint64(3), onlySuspect(waiting, all, nil, ours))
	require.Zero(t, onlySuspect(waiting, all, map[uint64]bool{2: true}, ours), "there are two")
	require.Equal(t, uint64(2), onlySuspect(waiting, []processlist.Session{waiting, idle, late}, map[uint64]bool{2: true, 4: true}, ours))
}

func TestOpening_HoldsNoValue(t *testing.T) {
	t.Parallel()
	require.Equal(t, "SET PASSWORD FOR", opening("SET PASSWORD  FOR 'a'@'b' = 'geheim'"))
	require.Equal(t, "UPDATE users SET pin", opening("UPDATE users\nSET pin=1234"))
	require.Equal(t, "LOCK TABLES orders WRITE", opening("LOCK TABLES orders WRITE"))
}
