package check

import (
	"testing"

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
