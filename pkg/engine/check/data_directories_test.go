package check

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestTablesInOtherDirectoriesAreRefusedWhereTheTargetLosesThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o777)) // for the servers
	whole, part := "CREATE TABLE whole (id INT PRIMARY KEY) DATA DIRECTORY='"+dir+"'",
		"CREATE TABLE part (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (10) DATA DIRECTORY='"+dir+"', PARTITION b VALUES LESS THAN MAXVALUE)"
	const plain = "CREATE TABLE plain (`data` INT COMMENT 'DATA DIRECTORY', `directory` INT)"
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource(plain, whole, part)
	s.red(engine.Block, "data_directory", "part", "whole")
	s.green("replaced_data_directory")

	s = between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource(plain, "CREATE TABLE whole (id INT PRIMARY KEY)", "CREATE TABLE part (id INT PRIMARY KEY)").
		onTarget(plain, whole, part, "CREATE TABLE stays (id INT PRIMARY KEY) DATA DIRECTORY='"+dir+"'")
	s.red(engine.Block, "replaced_data_directory", "part", "whole")
	s.green("data_directory")

	moves, err := localdb.Start(t.Context(), localdb.Options{Flavour: localdb.MySQL, Settings: map[string]string{"innodb_directories": dir}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, moves.Kill()) })
	s = between(t, testkit.MariaDB(t), moves).onSource(plain, whole, part).onTarget(plain, whole, part)
	s.green("data_directory")
	s.green("replaced_data_directory")
}

func TestTableThatIsNoneOfItsServersOwnIsWhyACheckHasNoAnswer(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (id INT) ENGINE=MyISAM CONNECTION='abc'")
	_, findings, err := engine.New(engine.Options{Checks: Run}).Preflight(t.Context(), s.spec)
	require.NoError(t, err)
	require.Equal(t, []string{"data_directories"}, objects(findings, "check_unfinished"))
	i := slices.IndexFunc(findings, func(f engine.Finding) bool { return f.Code == "check_unfinished" })
	require.Contains(t, findings[i].Message.EN, "definition of table t")
}
