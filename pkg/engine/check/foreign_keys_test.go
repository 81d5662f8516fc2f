package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestParentsOutsideTheSetMustStandOnTheTarget(t *testing.T) {
	t.Parallel()
	for _, source := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, source, testkit.SecondMariaDB(t)).onSource("CREATE TABLE parent (id INT PRIMARY KEY)",
			"CREATE TABLE child (id INT PRIMARY KEY, p INT, CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent (id))")
		s.green("foreign_key_parent_missing")
		s.spec.Tables = []string{"child"}
		s.red(engine.Block, "foreign_key_parent_missing", "child.fk → parent.id")
		s.onTarget("CREATE TABLE parent (id BIGINT PRIMARY KEY)")
		s.red(engine.Block, "foreign_key_parent_missing", "child.fk → parent.id")
		s.onTarget("DROP TABLE parent", "CREATE TABLE parent (id INT PRIMARY KEY)")
		s.green("foreign_key_parent_missing")
	}
}

func TestKeysWhoseParentsAreOnTheTargetOnlyMustBeConfirmed(t *testing.T) {
	t.Parallel()
	for _, source := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, source, testkit.SecondMariaDB(t))
		s.source.SetMaxOpenConns(1)
		s.onSource("SET foreign_key_checks = 0", "CREATE TABLE child (id INT PRIMARY KEY, p INT, CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent (id))")
		s.green("foreign_key_gains_parent")
		s.onTarget("CREATE TABLE parent (id BIGINT PRIMARY KEY)")
		s.red(engine.Block, "foreign_key_parent_missing", "child.fk → parent.id")
		s.onTarget("DROP TABLE parent", "CREATE TABLE parent (id INT PRIMARY KEY)")
		s.red(engine.Confirm, "foreign_key_gains_parent", "child.fk → parent.id")
	}
}

func TestKeysIntoAThirdDatabaseAreRefused(t *testing.T) {
	t.Parallel()
	server := testkit.MariaDB(t)
	third, db := testkit.Database(t, server)
	testkit.Exec(t, db, "CREATE TABLE parent (id INT PRIMARY KEY)")
	s := between(t, server, testkit.SecondMariaDB(t)).onSource(
		"CREATE TABLE child (id INT PRIMARY KEY, CONSTRAINT far FOREIGN KEY (id) REFERENCES " + third + ".parent (id))")
	s.red(engine.Block, "foreign_key_third_schema", "child.far → "+third+".parent")
	s.onSource("DROP TABLE child") // before its parent's database goes
}
