package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestViewsThatDoNotWorkAreNamed(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT)", "CREATE TABLE gone (a INT)",
			"CREATE VIEW good AS SELECT a FROM t", "CREATE VIEW bad AS SELECT a FROM gone", "CREATE VIEW worse AS SELECT a FROM bad", "DROP TABLE gone",
			"CREATE DEFINER=nobody@nowhere VIEW orphan AS SELECT a FROM t")
		s.red(engine.Block, "view_invalid", "bad", "worse")
	}
}
