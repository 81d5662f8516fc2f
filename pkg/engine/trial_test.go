package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/testkit"
)

func TestCopy_ForeignKeysThatTheTargetDoesNotTakeAreFoundBeforeRowsMove(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1], "CREATE TABLE parent (id INT PRIMARY KEY, n INT UNIQUE)",
				"CREATE TABLE child (id INT PRIMARY KEY, n INT, FOREIGN KEY (n) REFERENCES parent (n))", "INSERT INTO child VALUES (1, NULL)")
			c.spec.Tables = []string{"child"}
			testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase, "CREATE TABLE "+c.spec.TargetDatabase+".parent (id INT PRIMARY KEY, n INT)")
			_, err := c.run(t, engine.Hooks{Progress: func(p engine.Progress) {
				assert.NotEqual(t, engine.PhaseLoad, p.Phase)
			}})
			require.True(t, fault.Is(err, engine.DefinitionRefused), "%v", err)
			c.gone(t)
			testkit.Exec(t, c.target.db, "ALTER TABLE "+c.spec.TargetDatabase+".parent ADD UNIQUE (n)")
			_, err = c.run(t, engine.Hooks{})
			require.NoError(t, err)
		})
	}
}
