package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"

	"github.com/stretchr/testify/require"
)

func TestTablesWithoutPrimaryKeyAreNamedWhereTheTargetInsists(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"sql_require_primary_key", "sql_generate_invisible_primary_key"} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			strict, err := localdb.Start(t.Context(), localdb.Options{Flavour: localdb.MySQL, Settings: map[string]string{setting: "ON"}})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, strict.Kill()) })
			s := between(t, testkit.MySQL(t), strict).onSource("CREATE TABLE keyless (a INT)", "CREATE TABLE keyed (a INT PRIMARY KEY)")
			s.green("primary_key_required") // root turns it off for its own sessions
			s.loadAs("GRANT "+tableRights+" ON `\\_om\\_%`.* TO %s", "GRANT "+tableRights+" ON `DB`.* TO %s")
			s.red(engine.Block, "primary_key_required", "keyless")
		})
	}
}
