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

func TestKeysOfDatabasesThatTheAccountDoesNotSee(t *testing.T) {
	t.Parallel()
	for _, target := range []*localdb.Server{testkit.SecondMariaDB(t), testkit.MySQL(t)} {
		s := between(t, testkit.MariaDB(t), target).onSource("CREATE TABLE `par ent` (id INT PRIMARY KEY)").onTarget("CREATE TABLE `par ent` (id INT PRIMARY KEY)")
		hidden, db := testkit.Database(t, target)
		testkit.Exec(t, db, "CREATE TABLE `ch-ild é` (id INT, CONSTRAINT fk FOREIGN KEY (id) REFERENCES "+s.spec.TargetDatabase+".`par ent` (id))")
		user, password := testkit.User(t, target, "GRANT ALL ON `"+s.spec.TargetDatabase+"`.* TO %s", "GRANT ALL ON `\\_om\\_%`.* TO %s")
		s.spec.Target = endpoint(target, user, password)
		s.green("foreign_key_from_outside")
		s.red(engine.Confirm, "foreign_keys_unseen")
		_, err := s.target.Exec("GRANT PROCESS ON *.* TO '" + user + "'@'%'")
		require.NoError(t, err)
		s.red(engine.Block, "foreign_key_from_outside", hidden+".ch-ild é.fk → par ent")
		s.green("foreign_keys_unseen")
		testkit.Exec(t, db, "DROP TABLE `ch-ild é`") // before its parent's database goes
	}
}
