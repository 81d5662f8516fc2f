package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestCopy_SRIDsThatNoDefinitionShowsArrive(t *testing.T) {
	t.Parallel()
	const make = "CREATE TABLE place (id INT PRIMARY KEY, `far away` POINT REF_SYSTEM_ID=4326 NOT NULL COMMENT 'x', shape GEOMETRY REF_SYSTEM_ID=101, plain POINT, SPATIAL KEY (`far away`))"
	const told = "SELECT G_GEOMETRY_COLUMN, SRID FROM information_schema.GEOMETRY_COLUMNS WHERE G_TABLE_SCHEMA = ?"
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t), make, "INSERT INTO place VALUES (1, POINT(1, 2), NULL, NULL)")
	_, err := c.run(t, engine.Hooks{})
	require.NoError(t, err)
	assert.Equal(t, query(t, c.source.db, told, c.spec.SourceDatabase), query(t, c.target.db, told, c.spec.TargetDatabase))
	assert.Contains(t, query(t, c.target.db, told, c.spec.TargetDatabase), "true:far away|true:4326")
	c.equal(t)

	c = newCopying(t, testkit.MariaDB(t), testkit.MySQL(t), make, "INSERT INTO place VALUES (1, POINT(1, 2), NULL, NULL)")
	_, err = c.run(t, engine.Hooks{})
	require.NoError(t, err)
	c.equal(t)
}

func TestCopy_NewDatabaseGetsTheCommentOfTheOther(t *testing.T) {
	t.Parallel()
	const told = "SELECT SCHEMA_COMMENT FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?"
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t), "CREATE TABLE t (id INT PRIMARY KEY)", `ALTER DATABASE COMMENT 'it''s \\ 漢\n'`)
	_, err := c.run(t, engine.Hooks{})
	require.NoError(t, err)
	assert.Equal(t, []string{"true:it's \\ 漢\n"}, query(t, c.target.db, told, c.spec.TargetDatabase))
}

func TestCopy_RoleStaysTheDefiner(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.MariaDB(t), "CREATE TABLE t (a INT)")
	role := "r_" + c.spec.SourceDatabase
	db := c.source.DB(c.spec.SourceDatabase)
	defer db.Close()
	t.Cleanup(func() { _, err := c.source.db.Exec("DROP ROLE IF EXISTS " + role); require.NoError(t, err) })
	testkit.Exec(t, db, "CREATE ROLE "+role, "CREATE DEFINER="+role+" VIEW v AS SELECT 1 AS one", "CREATE DEFINER="+role+" PROCEDURE p() SELECT 1")
	_, err := c.run(t, engine.Hooks{})
	require.NoError(t, err)
	const told = "SELECT DEFINER FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ? UNION ALL SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?"
	assert.Equal(t, []string{"true:" + role + "@", "true:" + role}, query(t, c.target.db, told, c.spec.TargetDatabase, c.spec.TargetDatabase))
}
