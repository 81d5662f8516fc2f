package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestNegativeZerosThatWouldLoseTheirSignAreRefused(t *testing.T) {
	t.Parallel()
	mysql := testkit.MySQL(t)
	s := between(t, mysql, mysql).onSource("CREATE TABLE t (a DOUBLE, b FLOAT, c DOUBLE)", "INSERT INTO t VALUES (0, -1, 0.5)")
	s.green("negative_zero_lost")
	s.onSource("INSERT INTO t VALUES (-0e0, -0e0, 0)")
	s.green("negative_zero_lost") // moved natively they keep their sign
	s.spec.Executor = engine.ExecutorPipe
	s.red(engine.Block, "negative_zero_lost", "t.a", "t.b")
	s = between(t, mysql, testkit.MariaDB(t)).onSource("CREATE TABLE t (a DOUBLE)", "INSERT INTO t VALUES (-0e0)")
	s.red(engine.Block, "negative_zero_lost", "t.a")
}
