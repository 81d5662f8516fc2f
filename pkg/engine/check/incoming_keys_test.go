package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestTablesThatOthersReferToAreNotReplaced(t *testing.T) {
	t.Parallel()
	for _, target := range []*localdb.Server{testkit.SecondMariaDB(t), testkit.MySQL(t)} {
		s := between(t, testkit.MariaDB(t), target).onSource("CREATE TABLE parent (id INT PRIMARY KEY)").onTarget(
			"CREATE TABLE parent (id INT PRIMARY KEY)", "CREATE TABLE stays (id INT, CONSTRAINT fk_in FOREIGN KEY (id) REFERENCES parent (id))")
		s.red(engine.Block, "foreign_key_from_outside", s.spec.TargetDatabase+".stays.fk_in → parent")
		s.onSource("CREATE TABLE stays (id INT)")
		s.green("foreign_key_from_outside")
	}
}

func TestTablesKeptForAnUndoMayReferToWhatIsReplaced(t *testing.T) {
	t.Parallel()
	kept := engine.NewNames(1).Old
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE parent (id INT PRIMARY KEY)")
	s.onTarget("CREATE TABLE parent (id INT PRIMARY KEY)", "CREATE DATABASE "+kept,
		"CREATE TABLE "+kept+".child (id INT, FOREIGN KEY (id) REFERENCES "+s.spec.TargetDatabase+".parent (id))")
	t.Cleanup(func() {
		_, err := s.target.Exec("DROP DATABASE " + kept)
		require.NoError(t, err)
	})
	s.green("foreign_key_from_outside")
}
