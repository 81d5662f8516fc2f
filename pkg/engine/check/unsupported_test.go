package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestHistoryAndGeneratedColumnsForMySQLAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource(
		"CREATE TABLE plain (a INT)", "CREATE TABLE g (a INT, twice INT AS (a * 2) STORED)", "CREATE TABLE h (a INT) WITH SYSTEM VERSIONING")
	s.red(engine.Block, "system_versioned", "h")
	s.green("generated_column") // the native engine does not name them
	s.spec.Executor = engine.ExecutorPipe
	s.red(engine.Block, "generated_column", "g.twice")
	s.spec.Tables = []string{"plain"}
	s.green("system_versioned")
	s.green("generated_column")
}
