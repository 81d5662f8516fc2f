package engine_test

import (
	"slices"
	"strings"
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

func TestCopy_ProgramsOfAServerWithoutCaseWorkOnTheCopy(t *testing.T) {
	t.Parallel()
	source, err := localdb.Start(t.Context(), localdb.Options{Dir: t.TempDir(), Settings: map[string]string{"lower_case_table_names": "1"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, source.Stop()) })
	c := newCopying(t, source, source, "CREATE TABLE cart (id INT PRIMARY KEY)", "INSERT INTO cart VALUES (1)")
	testkit.Exec(t, source.DB(c.spec.SourceDatabase), "CREATE PROCEDURE empty_it() DELETE FROM "+strings.ToUpper(c.spec.SourceDatabase)+".cart")
	_, err = c.run(t, engine.Hooks{})
	require.NoError(t, err)
	testkit.Exec(t, c.target.db, "CALL "+c.spec.TargetDatabase+".empty_it()")
	assert.Equal(t, []string{"true:1"}, query(t, c.source.db, "SELECT id FROM "+c.spec.SourceDatabase+".cart"))
	assert.Empty(t, query(t, c.target.db, "SELECT id FROM "+c.spec.TargetDatabase+".cart"))

	c.spec.TargetDatabase, c.names = strings.ToUpper(c.spec.TargetDatabase)+"_NEW", engine.NewNames(2)
	report, err := c.run(t, engine.Hooks{Undoable: true})
	require.NoError(t, err, "the target makes it in lower case")
	require.NotEmpty(t, report.TargetDigest)

	c.spec.SourceDatabase = strings.ToUpper(c.spec.SourceDatabase)
	_, findings, err := c.Preflight(t.Context(), c.spec)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(findings, func(f engine.Finding) bool { return f.Code == "database_case" && f.Level == engine.Block }), "%+v", findings)
}
