package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// shop is a database with every kind of object, some of which name their own database.
func shop(database string) []string {
	return []string{
		"SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci", // the flavours' own defaults are not known to each other
		"ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
		"CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NOT NULL, price DECIMAL(9,2), kind ENUM('a','b'), KEY k (name), UNIQUE u (name, price))",
		"INSERT INTO item (name, price, kind) VALUES ('one', 1.10, 'a'), ('zwei ü 😀', NULL, 'b')",
		"CREATE TABLE note (id INT PRIMARY KEY, item INT, body TEXT, CONSTRAINT note_item FOREIGN KEY (item) REFERENCES item (id))",
		"INSERT INTO note VALUES (1, 1, 'x'), (2, NULL, '')",
		"CREATE FUNCTION twice (x INT) RETURNS INT DETERMINISTIC RETURN 2 * x",
		"CREATE PROCEDURE touch_all () BEGIN UPDATE `" + database + "`.item SET price = price; SELECT '" + database + ".item' AS label; END",
		"CREATE VIEW a_view AS SELECT 1 AS one",
		"CREATE VIEW z_view AS SELECT id, twice(id) AS double_id FROM item",
		"CREATE OR REPLACE VIEW a_view AS SELECT z.double_id, (SELECT COUNT(*) FROM `" + database + "`.note) AS notes FROM z_view z",
		"CREATE TRIGGER first BEFORE INSERT ON item FOR EACH ROW SET NEW.name = CONCAT(NEW.name, '1')",
		"CREATE TRIGGER second BEFORE INSERT ON item FOR EACH ROW FOLLOWS first SET NEW.name = CONCAT(NEW.name, '2')",
		"CREATE EVENT daily ON SCHEDULE EVERY 1 DAY DO DELETE FROM note WHERE id > 1000",
	}
}

func newShop(t *testing.T, from, to *localdb.Server) *copying {
	t.Helper()
	c := newCopying(t, from, to)
	db := from.DB(c.spec.SourceDatabase)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	testkit.Exec(t, db, shop(c.spec.SourceDatabase)...)
	return c
}

func TestCopy_EveryKindOfObjectWorksUnderTheNewName(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newShop(t, pair[0], pair[1])
			report, err := c.run(t, engine.Hooks{})
			require.NoError(t, err)
			assert.Equal(t, []string{"first", "second"}, report.Triggers)
			to := c.target.DB(c.spec.TargetDatabase)
			defer to.Close()
			assert.Equal(t, []string{"true:2|true:2", "true:4|true:2"}, query(t, to, "SELECT * FROM a_view ORDER BY 1"))
			testkit.Exec(t, to, "INSERT INTO item (name) VALUES ('n')", "CALL touch_all()")
			assert.Equal(t, []string{"true:3|true:n12"}, query(t, to, "SELECT id, name FROM item WHERE name LIKE 'n%'"))
			assert.Equal(t, []string{"true:DISABLED"}, query(t, to, "SELECT STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()"))
			assert.Equal(t, []string{"true:" + c.spec.TargetDatabase + "|true:item"},
				query(t, to, "SELECT REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND CONSTRAINT_NAME = 'note_item'"))
			assert.Equal(t, query(t, c.source.db, "SELECT HEX(name), price, kind FROM "+engine.QName(c.spec.SourceDatabase, "item")),
				query(t, to, "SELECT HEX(name), price, kind FROM item WHERE id < 3"))
			c.gone(t)
		})
	}
}

// pairs are the directions between the flavours.
func pairs(t *testing.T) map[string][2]*localdb.Server {
	maria, second, mysql := testkit.MariaDB(t), testkit.SecondMariaDB(t), testkit.MySQL(t)
	return map[string][2]*localdb.Server{
		"MariaDB to MariaDB": {maria, second}, "MariaDB to MySQL": {maria, mysql},
		"MySQL to MariaDB": {mysql, maria}, "MySQL to MySQL": {mysql, mysql},
	}
}

func TestCopy_ReplacesInOneStepAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newShop(t, pair[0], pair[1])
			testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase)
			to := c.target.DB(c.spec.TargetDatabase)
			defer to.Close()
			testkit.Exec(t, to,
				"CREATE TABLE item (old INT PRIMARY KEY)", "INSERT INTO item VALUES (7)", "CREATE TABLE mine (a INT)", "INSERT INTO mine VALUES (1)",
				"CREATE TRIGGER old_trigger BEFORE INSERT ON item FOR EACH ROW SET NEW.old = 8",
				"CREATE VIEW z_view AS SELECT old FROM item", "CREATE FUNCTION twice (x INT) RETURNS INT DETERMINISTIC RETURN 3 * x")

			_, findings, err := c.Preflight(t.Context(), c.spec)
			require.NoError(t, err)
			require.True(t, slices.ContainsFunc(findings, func(f engine.Finding) bool { return f.Code == "target_exists" }), "%v", findings)
			_, err = c.Copy(t.Context(), c.spec, engine.Plan{Tables: []engine.PlannedTable{{Name: "item"}}}, c.names, engine.Hooks{})
			require.True(t, fault.Is(err, "target_exists"), "%v", err)
			c.gone(t)

			c.spec.IfExists = engine.Replace
			plan := c.plan(t)
			assert.Equal(t, []string{"table item", "view z_view", "trigger old_trigger", "function twice"}, plan.Replaces)
			assert.Equal(t, []string{"table mine"}, plan.Kept)
			report, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
			require.NoError(t, err)
			assert.True(t, report.OldKept)
			assert.Equal(t, []string{"true:7"}, query(t, to, "SELECT * FROM "+engine.QName(c.names.Old, "item")))
			assert.Equal(t, []string{"true:1"}, query(t, to, "SELECT * FROM mine"))
			assert.Equal(t, []string{"true:2", "true:4"}, query(t, to, "SELECT double_id FROM z_view ORDER BY 1"))
			assert.Equal(t, []string{"true:first", "true:second"}, query(t, to, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY ACTION_ORDER"))
			require.NoError(t, c.DropStaging(t.Context(), c.spec.Target, c.names.Old))
			c.gone(t)
		})
	}
}

func TestCopy_ChosenTablesComeWithTheirTriggersOnly(t *testing.T) {
	t.Parallel()
	c := newShop(t, testkit.MariaDB(t), testkit.SecondMariaDB(t))
	c.spec.Tables = []string{"item"}
	plan := c.plan(t)
	assert.Equal(t, []string{"first", "second"}, plan.Triggers)
	assert.Empty(t, plan.Views)
	_, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
	require.NoError(t, err)
	tables, err := c.Tables(t.Context(), c.spec.Target, c.spec.TargetDatabase)
	require.NoError(t, err)
	require.Len(t, tables, 1)
	assert.EqualValues(t, 2, tables[0].Rows)

	c.spec.Tables = []string{"item", "nothing"}
	_, findings, err := c.Preflight(t.Context(), c.spec)
	require.NoError(t, err)
	assert.Equal(t, "table_missing", findings[0].Code)
	assert.Equal(t, []string{"nothing"}, findings[0].Objects)
}

func TestCopy_ForeignKeyToATableThatIsNotCopiedNeedsItsRowsOnTheTarget(t *testing.T) {
	t.Parallel()
	c := newShop(t, testkit.MariaDB(t), testkit.SecondMariaDB(t))
	c.spec.Tables = []string{"note"}
	_, err := c.run(t, engine.Hooks{})
	require.True(t, fault.Is(err, "foreign_key_parent_missing"), "%v", err)
	c.gone(t)

	testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase)
	to := c.target.DB(c.spec.TargetDatabase)
	defer to.Close()
	testkit.Exec(t, to, "CREATE TABLE item (id INT PRIMARY KEY)")
	_, err = c.run(t, engine.Hooks{})
	require.True(t, fault.Is(err, "foreign_key_orphans"), "%v", err)
	c.gone(t)

	testkit.Exec(t, to, "INSERT INTO item VALUES (1)")
	_, err = c.run(t, engine.Hooks{})
	require.NoError(t, err)
	_, err = to.Exec("INSERT INTO note VALUES (9, 99, '')")
	require.ErrorContains(t, err, "foreign key")
	_, err = to.Exec("DELETE FROM item")
	require.ErrorContains(t, err, "foreign key")

	c.spec.Tables, c.spec.IfExists = []string{"item"}, engine.Replace
	_, err = c.run(t, engine.Hooks{})
	require.True(t, fault.Is(err, "foreign_key_from_outside"), "%v", err)
	c.gone(t)
}

func TestCopy_TakesNothingOfADatabaseWhoseNameDiffersInCaseOnly(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			programs := []string{"CREATE TABLE a (id INT)", "CREATE TRIGGER own BEFORE INSERT ON a FOR EACH ROW SET NEW.id = 1",
				"CREATE EVENT own ON SCHEDULE EVERY 1 DAY DO DO 1", "CREATE PROCEDURE own() SELECT 1"}
			c := newCopying(t, pair[0], pair[1], programs...)
			for other, s := range map[string]side{strings.ToUpper(c.spec.SourceDatabase): c.source, strings.ToUpper(c.spec.TargetDatabase): c.target} {
				testkit.Exec(t, s.db, "CREATE DATABASE "+other)
				defer testkit.Exec(t, s.db, "DROP DATABASE "+other)
				db := s.DB(other)
				defer db.Close()
				testkit.Exec(t, db, programs...)
			}
			report, err := c.run(t, engine.Hooks{})
			require.NoError(t, err)
			assert.Equal(t, [][]string{{"own"}, {"own"}, {"procedure own"}}, [][]string{report.Triggers, report.Events, report.Routines})
			c.gone(t)
		})
	}
}

func TestCopy_DatabaseNamedLikeItsTableKeepsItsNameOrIsRefusedFirst(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t))
	db := c.source.DB(c.spec.SourceDatabase)
	defer db.Close()
	name := c.spec.SourceDatabase
	testkit.Exec(t, db, "CREATE TABLE "+name+" (id INT)", "INSERT INTO "+name+" VALUES (5)",
		"CREATE VIEW v AS SELECT "+name+".id FROM "+name, "CREATE PROCEDURE p() SELECT "+name+".id FROM "+name)
	_, findings, err := c.Preflight(t.Context(), c.spec)
	require.NoError(t, err)
	assert.Equal(t, "ambiguous_name", findings[0].Code)
	assert.Equal(t, []string{"procedure p"}, findings[0].Objects)

	c.spec.TargetDatabase = name
	_, err = c.run(t, engine.Hooks{})
	require.NoError(t, err)
	to := c.target.DB(name)
	defer to.Close()
	assert.Equal(t, []string{"true:5"}, query(t, to, "SELECT * FROM v"))
	assert.Equal(t, []string{"true:5"}, query(t, to, "CALL p()"))
	c.gone(t)
}

func TestCopy_ViewOverTheTableNamedLikeTheDatabaseReadsTheCopy(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string][2]*localdb.Server{
		"MariaDB to MySQL": {testkit.MariaDB(t), testkit.MySQL(t)}, "MySQL to MariaDB": {testkit.MySQL(t), testkit.MariaDB(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1])
			db := c.source.DB(c.spec.SourceDatabase)
			defer db.Close()
			name := c.spec.SourceDatabase
			testkit.Exec(t, db, "CREATE TABLE "+name+" (id INT)", "INSERT INTO "+name+" VALUES (5)",
				"CREATE VIEW v AS SELECT "+name+".id FROM "+name, "CREATE VIEW w AS SELECT a.id FROM "+name+" a JOIN v ON v.id = a.id")
			_, err := c.run(t, engine.Hooks{})
			require.NoError(t, err)
			testkit.Exec(t, db, "DELETE FROM "+name)
			to := c.target.DB(c.spec.TargetDatabase)
			defer to.Close()
			assert.Equal(t, []string{"true:5"}, query(t, to, "SELECT * FROM v"))
			assert.Equal(t, []string{"true:5"}, query(t, to, "SELECT * FROM w"))
			c.gone(t)
		})
	}
}

func TestPreflight_NamesWhatMeansSomethingElseUnderTheNewName(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t))
	db := c.source.DB(c.spec.SourceDatabase)
	defer db.Close()
	from, to := c.spec.SourceDatabase, c.spec.TargetDatabase
	testkit.Exec(t, db, "CREATE TABLE item (id INT)",
		"CREATE PROCEDURE other() DELETE FROM `"+to+"`.log",
		"CREATE PROCEDURE text() EXECUTE IMMEDIATE 'DELETE FROM `"+from+"`.item'",
		"CREATE PROCEDURE harmless() SELECT '`"+from+"`.item', '"+to+".log' FROM item")
	_, findings, err := c.Preflight(t.Context(), c.spec)
	require.NoError(t, err)
	named := map[string][]string{}
	for _, f := range findings {
		named[f.Code] = f.Objects
		if f.Code == "name_in_use" || f.Code == "name_in_text" {
			assert.Equal(t, engine.Confirm, f.Level)
		}
	}
	assert.Equal(t, []string{"procedure other"}, named["name_in_use"])
	assert.Equal(t, []string{"procedure text"}, named["name_in_text"])
}
