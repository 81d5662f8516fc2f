package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestGeneratedColumnsThatTheClientsWouldBreakAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource("CREATE TABLE t (id INT PRIMARY KEY, g INT AS (id * 2) VIRTUAL)")
	s.green("generated_column")
	s.spec.Executor = engine.ExecutorPipe
	s.red(engine.Block, "generated_column", "t.g")
	s.spec.Content = engine.StructureOnly
	s.green("generated_column")

	s = between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource("CREATE TABLE t (id INT PRIMARY KEY, g INT AS (id * 2) VIRTUAL)")
	s.green("generated_column")
	s.spec.Executor = engine.ExecutorPipe
	s.red(engine.Block, "generated_column", "t.g")

	s = between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE alone (g INT AS (1) VIRTUAL)")
	s.spec.Executor = engine.ExecutorPipe
	s.green("generated_column")
}
