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

func TestReadOnlyDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource("CREATE TABLE t (a INT)")
	s.green("target_database_read_only")
	s.onTarget("ALTER DATABASE " + s.spec.TargetDatabase + " READ ONLY = 1")
	s.red(engine.Block, "target_database_read_only", s.spec.TargetDatabase)
	s.onTarget("ALTER DATABASE " + s.spec.TargetDatabase + " READ ONLY = 0")
}
