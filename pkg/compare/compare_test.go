package compare_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/compare"
	"overmind/pkg/testkit"
)

var schema = []string{
	"CREATE TABLE t (id INT PRIMARY KEY, f FLOAT, s VARCHAR(20) CHARACTER SET utf8mb4, b BLOB)",
	"INSERT INTO t VALUES (1, 16777216, '😀', x'00FF'), (2, NULL, '', NULL)",
	"CREATE TABLE u (id INT)",
	"CREATE VIEW v AS SELECT id FROM t",
	"CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.s = 'x'",
	"CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1",
	"CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO SELECT 1",
}

func TestDatabases(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change string
		object string
	}{
		"EqualWhateverTheEventStatus": {change: "ALTER EVENT e DISABLE"},
		"FloatBeyondSixDigits":        {change: "UPDATE t SET f = 16777200 WHERE id = 1", object: "t"},
		"EmojiLost":                   {change: "UPDATE t SET s = '?' WHERE id = 1", object: "t"},
		"EmptyInsteadOfNull":          {change: "UPDATE t SET b = '' WHERE id = 2", object: "t"},
		"RowMissing":                  {change: "DELETE FROM t WHERE id = 2", object: "t"},
		"OtherDefinition":             {change: "ALTER TABLE u ADD COLUMN more INT", object: "u"},
		"ViewMissing":                 {change: "DROP VIEW v", object: "v"},
		"TriggerMissing":              {change: "DROP TRIGGER tr", object: "tr"},
		"FunctionMissing":             {change: "DROP FUNCTION f", object: "f"},
		"EventMissing":                {change: "DROP EVENT e", object: "e"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testkit.MariaDB(t)
			left, leftDB := testkit.Database(t, server)
			right, rightDB := testkit.Database(t, server)
			testkit.Exec(t, leftDB, schema...)
			testkit.Exec(t, rightDB, append(schema, c.change)...)

			objects, err := compare.Databases(t.Context(), compare.Side{DB: leftDB, Database: left}, compare.Side{DB: rightDB, Database: right})
			require.NoError(t, err)
			require.Len(t, objects, 6)
			different := compare.Different(objects)
			if c.object == "" {
				require.Empty(t, different)
				return
			}
			require.Len(t, different, 1)
			require.Equal(t, c.object, different[0].Name)
		})
	}
}

func TestDatabases_ChosenTablesBringTheirTriggersOnly(t *testing.T) {
	t.Parallel()
	server := testkit.MySQL(t)
	database, db := testkit.Database(t, server)
	testkit.Exec(t, db, schema...)
	side := compare.Side{DB: db, Database: database}
	objects, err := compare.Databases(t.Context(), side, side, "t")
	require.NoError(t, err)
	require.Empty(t, compare.Different(objects))
	require.Len(t, objects, 2)
	require.Equal(t, "tr", objects[1].Name)
}
