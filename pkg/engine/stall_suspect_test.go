package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlySuspect_IsTheOneSessionThatCanHoldTheLock(t *testing.T) {
	t.Parallel()
	waiting := processRow{id: 1, command: "Query", state: "Waiting for table metadata lock", seconds: 10}
	idle := processRow{id: 2, command: "Sleep", seconds: 100}
	busy := processRow{id: 3, command: "Query", state: "copy to tmp table", seconds: 20}
	late := processRow{id: 4, command: "Query", seconds: 5}
	alike := processRow{id: 5, command: "Query", state: waiting.state, seconds: 20}
	all := []processRow{waiting, idle, busy, late, alike}
	ours := []uint64{1}
	require.Equal(t, uint64(3), onlySuspect(waiting, all, nil, ours))
	require.Zero(t, onlySuspect(waiting, all, map[uint64]bool{2: true}, ours), "there are two")
	require.Equal(t, uint64(2), onlySuspect(waiting, []processRow{waiting, idle, late}, map[uint64]bool{2: true, 4: true}, ours))
}

func TestOpening_HoldsNoValue(t *testing.T) {
	t.Parallel()
	require.Equal(t, "SET PASSWORD FOR", opening("SET PASSWORD  FOR 'a'@'b' = 'geheim'"))
	require.Equal(t, "UPDATE users SET pin", opening("UPDATE users\nSET pin=1234"))
	require.Equal(t, "LOCK TABLES orders WRITE", opening("LOCK TABLES orders WRITE"))
}
