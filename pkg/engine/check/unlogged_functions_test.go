package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestFunctionThatTheBinaryLogWouldRefuseIsNamed(t *testing.T) {
	t.Parallel()
	trusting, err := localdb.Start(t.Context(), localdb.Options{Settings: map[string]string{"log_bin_trust_function_creators": "ON"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, trusting.Kill()) })
	s := between(t, trusting, testkit.MariaDB(t)).onSource("CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1", "CREATE FUNCTION g() RETURNS INT READS SQL DATA RETURN 1")
	s.green("function_not_logged")
	s.onSource("ALTER FUNCTION g CONTAINS SQL")
	s.red(engine.Block, "function_not_logged", "function g")
	s.onSource("ALTER FUNCTION g NO SQL")
	s.green("function_not_logged")
}
