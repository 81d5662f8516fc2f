package engine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/testkit"
)

// unclear are objects of a database that has a table of its own name, {db}; {other} is another database.
var unclear = []string{
	"CREATE TABLE {db} (id INT PRIMARY KEY, {db} INT)", "INSERT INTO {db} VALUES (1, 2)", "CREATE TABLE b (id INT)",
	"CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a",
	"CREATE VIEW z AS SELECT {db}.id FROM {db}, {other}.x",
	"CREATE VIEW y AS SELECT {db}.id, f({db}.id) g FROM {db} JOIN b USING (id)",
	"CREATE VIEW x AS SELECT a.id, (SELECT MAX({db}.id) FROM {db}) m FROM (SELECT id FROM {db}) a, {other}.x, y LEFT JOIN (b, {db} {db}) ON b.id = {db}.id",
	"CREATE VIEW w AS SELECT {db}.id FROM {other}.x {db} STRAIGHT_JOIN b UNION SELECT id FROM {db} WHERE EXISTS (SELECT 1 FROM b)",
	"CREATE TRIGGER {db} BEFORE INSERT ON {db} FOR EACH ROW SET NEW.id = (SELECT MAX({db}.id) FROM {db}.{db})",
	"CREATE TRIGGER {db}.r BEFORE UPDATE ON {db}.{db} FOR EACH ROW UPDATE b SET b.id = (SELECT {db}.id FROM {db})",
	"CREATE PROCEDURE {db}.p({db} INT) SELECT {db}.id FROM {db}.{db}",
	"CREATE EVENT {db}.e ON SCHEDULE EVERY 1 DAY DO UPDATE {db} SET {db}.id = 1",
}

func TestCopy_RehearsesWhatTheDatabasesNameMakesUnclear(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		if pair[0] == pair[1] {
			pair[1] = testkit.SecondMySQL(t)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other, _ := testkit.Database(t, pair[0])
			c := newCopying(t, pair[0], pair[1], "CREATE TABLE "+other+".x (id INT)")
			c.spec.TargetDatabase, c.spec.IfExists = c.spec.SourceDatabase, engine.Replace
			from, to := c.source.DB(c.spec.SourceDatabase), c.target.DB(c.spec.TargetDatabase)
			defer from.Close()
			defer to.Close()
			for _, statement := range unclear {
				testkit.Exec(t, from, strings.NewReplacer("{db}", c.spec.SourceDatabase, "{other}", other).Replace(statement))
			}
			table := engine.QName(c.spec.TargetDatabase, c.spec.TargetDatabase)
			testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase, "CREATE TABLE "+table+" (old INT)")

			_, err := c.run(t, engine.Hooks{Progress: func(p engine.Progress) { assert.NotEqual(t, engine.PhaseLoad, p.Phase) }})
			require.True(t, fault.Is(err, engine.DefinitionRefused), "%v", err)
			assert.ErrorContains(t, err, other)
			assert.Empty(t, query(t, to, "SELECT old FROM "+table))
			c.gone(t)

			testkit.Exec(t, c.target.db, "CREATE DATABASE "+other, "CREATE TABLE "+other+".x (id INT)")
			defer testkit.Exec(t, c.target.db, "DROP DATABASE "+other)
			_, err = c.run(t, engine.Hooks{})
			require.NoError(t, err)
			assert.Equal(t, []string{"true:1"}, query(t, to, "CALL p(7)"))
			assert.Len(t, query(t, to, "SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()"), 4)
			assert.Len(t, query(t, to, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"), 2)
		})
	}
}
