package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/engine/check"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestCopy_TakesTemporalColumnsOfOldServers(t *testing.T) {
	t.Parallel()
	source := private(t, localdb.MariaDB)
	testkit.Exec(t, source.DB(""), "SET GLOBAL mysql56_temporal_format=OFF")
	for _, target := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t), source} {
		for _, executor := range []engine.Executor{engine.ExecutorNative, engine.ExecutorPipe} {
			c := newCopyingWith(t, engine.Options{Checks: check.Run}, source, target,
				"CREATE TABLE old (id INT PRIMARY KEY, t TIMESTAMP NOT NULL DEFAULT '2020-01-01', d DATETIME(3) COMMENT '/* mariadb-5.3 */', i TIME(6), KEY (t))",
				"INSERT INTO old VALUES (1, '2021-02-03 04:05:06', '2021-02-03 04:05:06.789', '-01:02:03.000004')")
			require.Contains(t, query(t, c.source.db, "SELECT COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '"+c.spec.SourceDatabase+"'"), "true:datetime(3) /* mariadb-5.3 */")
			allowLocal(t, c.target)
			c.spec.Executor = executor
			_, err := c.run(t, engine.Hooks{})
			require.NoError(t, err)
			assert.Equal(t, query(t, c.source.db, "SELECT * FROM "+engine.QName(c.spec.SourceDatabase, "old")), query(t, c.target.db, "SELECT * FROM "+engine.QName(c.spec.TargetDatabase, "old")))
			assert.Equal(t, []string{"true:/* mariadb-5.3 */"}, query(t, c.target.db, "SELECT COLUMN_COMMENT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '"+c.spec.TargetDatabase+"' AND COLUMN_NAME = 'd'"))
		}
	}
}
