package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
)

func TestCopy_TablesThatAreNotTransactionalMustNotBeWrittenTo(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1], "CREATE TABLE mi (id INT PRIMARY KEY) ENGINE=MyISAM", "INSERT INTO mi VALUES (1)", "CREATE TABLE big (id INT PRIMARY KEY, s VARCHAR(300))",
				"INSERT INTO big WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT x.i + 1000 * y.i, REPEAT('x', 300) FROM n x, n y WHERE y.i <= 10")
			c.spec.Limits.BytesPerSecond = 1 << 20 // the rows are on their way for long enough to be seen
			_, err := c.run(t, onRows(func() {
				_, err := c.source.db.Exec("UPDATE " + engine.QName(c.spec.SourceDatabase, "mi") + " SET id = 2")
				assert.NoError(t, err)
			}))
			require.True(t, fault.Is(err, "source_changed"), "%v", err)
			c.gone(t)
			c.spec.Limits.BytesPerSecond = 0
			_, err = c.run(t, engine.Hooks{})
			require.NoError(t, err)
			c.equal(t)
		})
	}
}
