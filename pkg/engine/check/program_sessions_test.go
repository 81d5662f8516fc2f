package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestClientProgramsAreRefusedWhereTheSourceSetsTheirSessions(t *testing.T) {
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

	user, password := testkit.User(t, limiting, "GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON *.* TO %s")
	s.spec.Source, s.spec.Executor = endpoint(limiting, user, password), engine.ExecutorPipe
	testkit.Exec(t, limiting.DB(""), "SET GLOBAL sql_select_limit = DEFAULT")
	s.green("source_limits_selects")
	s.green("source_sets_charset")
	testkit.Exec(t, limiting.DB(""), "SET GLOBAL init_connect = 'SET NAMES latin1, sql_select_limit = 1000'")
	s.red(engine.Block, "source_limits_selects")
	s.red(engine.Block, "source_sets_charset")
	s.spec.Executor = engine.ExecutorAuto
	s.green("source_sets_charset")
}
