package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestFloatsAreJudgedByTheirValues(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, testkit.SecondMariaDB(t)).onSource(
			"CREATE TABLE t (id INT PRIMARY KEY, good FLOAT, bad FLOAT, none FLOAT, d DOUBLE)",
			"INSERT INTO t VALUES (1, 0.1, 1, NULL, 1/3e0), (2, -12345.6, 16777216, NULL, 0.1e0 + 0.2e0)")
		s.green("float_inexact") // moved natively they arrive as they are
		s.spec.Executor = engine.ExecutorPipe
		s.red(engine.Block, "float_inexact", "t.bad")
		s.red(engine.Note, "float_exact", "t.good", "t.none")
		s.onSource("UPDATE t SET bad = 16777200")
		s.green("float_inexact")
		s.onSource("UPDATE t SET bad = 3.14159274")
		s.spec.Content = engine.StructureOnly
		s.green("float_inexact")
	}
}

func TestFloatsThatCannotBeReadInTimeMustBeConfirmed(t *testing.T) {
	t.Parallel()
	findings := floatFindings(nil, nil, []string{"t.f"})
	require.Len(t, findings, 1)
	require.Equal(t, engine.Confirm, findings[0].Level)
}
