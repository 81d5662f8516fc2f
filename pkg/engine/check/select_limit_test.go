package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestClientProgramsAreRefusedWhereTheSourceLimitsSelects(t *testing.T) {
	t.Parallel()
	limiting, err := localdb.Start(t.Context(), localdb.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, limiting.Kill()) })
	s := between(t, limiting, testkit.MariaDB(t)).onSource("CREATE TABLE t (id INT PRIMARY KEY)")
	s.spec.Executor = engine.ExecutorPipe
	s.green("source_limits_selects")
	testkit.Exec(t, limiting.DB(""), "SET GLOBAL sql_select_limit = 1000")
	s.red(engine.Block, "source_limits_selects")
	s.spec.Executor = engine.ExecutorAuto
	s.green("source_limits_selects")
}
