package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestReadOnlyTargetIsRefused(t *testing.T) {
	t.Parallel()
	s := onStrangeTarget(t, testkit.MariaDB(t), nil).onSource("CREATE TABLE t (a INT)")
	s.green("target_read_only")
	s.onTarget("SET GLOBAL read_only = 1")
	s.red(engine.Block, "target_read_only", "read_only")
}
