package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestTargetWithADefaultOfItsOwnForUTF8MB4IsTold(t *testing.T) {
	t.Parallel()
	other, err := localdb.Start(t.Context(), localdb.Options{Flavour: localdb.MySQL})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Kill()) })
	testkit.Exec(t, other.DB(""), "SET GLOBAL default_collation_for_utf8mb4 = utf8mb4_general_ci")
	const program = "CREATE FUNCTION f(s VARCHAR(9) CHARSET utf8mb4) RETURNS INT DETERMINISTIC RETURN 1"
	between(t, testkit.MySQL(t), other).onSource(program).red(engine.Confirm, "utf8mb4_default_changed", "function f")
	between(t, testkit.MariaDB(t), other).onSource(program).red(engine.Confirm, "utf8mb4_default_changed", "function f")
	between(t, other, other).onSource(program).green("utf8mb4_default_changed")
	between(t, other, testkit.MySQL(t)).onSource(program).green("utf8mb4_default_changed")
}
