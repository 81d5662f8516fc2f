package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestTableWithADiscardedTablespaceIsNamed(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, server).onSource("CREATE TABLE t (a INT)", "CREATE TABLE e (a INT)", "CREATE VIEW v AS SELECT a FROM t")
		s.green("tablespace_discarded")
		s.onSource("ALTER TABLE t DISCARD TABLESPACE")
		s.red(engine.Block, "tablespace_discarded", "t")
	}
}
