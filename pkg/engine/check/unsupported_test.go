package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestHistoryOfVersionedTablesIsRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource("CREATE TABLE plain (a INT)", "CREATE TABLE h (a INT) WITH SYSTEM VERSIONING")
	s.red(engine.Block, "system_versioned", "h")
	s.spec.Tables = []string{"plain"}
	s.green("system_versioned")
}
