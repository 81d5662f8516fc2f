package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestCopy_IsWholeWhereTheSourceEndsEverySelectAfterAFewRows(t *testing.T) {
	t.Parallel()
	for flavour, target := range map[localdb.Flavour]*localdb.Server{localdb.MariaDB: testkit.MariaDB(t), localdb.MySQL: testkit.MySQL(t)} {
		source, err := localdb.Start(t.Context(), localdb.Options{Dir: t.TempDir(), Flavour: flavour})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, source.Stop()) })
		c := newCopying(t, source, target, "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, c INT, d INT)", "INSERT INTO t (id) VALUES (1), (2), (3), (4), (5)")
		whole := sums(t, c.source, c.spec.SourceDatabase)
		testkit.Exec(t, source.DB(""), "SET GLOBAL sql_select_limit = 2")
		_, err = c.run(t, engine.Hooks{})
		require.NoError(t, err)
		assert.Equal(t, whole, sums(t, c.target, c.spec.TargetDatabase))
	}
}
