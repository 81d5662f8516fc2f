package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestReplacingRowsByStructureMustBeConfirmedWithTheirCount(t *testing.T) {
	t.Parallel()
	for _, target := range []*localdb.Server{testkit.SecondMariaDB(t), testkit.MySQL(t)} {
		s := between(t, testkit.MariaDB(t), target).onSource("CREATE TABLE t (a INT)", "CREATE TABLE bare (a INT)").onTarget("CREATE TABLE t (a INT)", "CREATE TABLE bare (a INT)", "INSERT INTO t VALUES (1), (2), (3)")
		s.green("rows_dropped")
		s.spec.Content = engine.StructureOnly
		s.red(engine.Confirm, "rows_dropped", "t (3)")
		s.onTarget("DELETE FROM t")
		s.green("rows_dropped")
	}
}
