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
