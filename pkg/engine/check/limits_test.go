package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestLagThatTheAccountMayNotSeeBlocks(t *testing.T) {
	t.Parallel()
	for server, grant := range map[*localdb.Server]string{testkit.MariaDB(t): "REPLICA MONITOR", testkit.MySQL(t): "REPLICATION CLIENT"} {
		s := between(t, server, testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT) CHARSET latin1")
		s.spec.Tables = []string{"t"}
		s.readAs("GRANT SELECT, TRIGGER ON `DB`.* TO %s")
		s.green("lag_not_visible")
		s.spec.Limits.Source.LagSeconds = 5
		s.red(engine.Block, "lag_not_visible", "source")
		s.readAs("GRANT SELECT, TRIGGER ON `DB`.* TO %s", "GRANT "+grant+" ON *.* TO %s")
		s.green("lag_not_visible")
	}
}
