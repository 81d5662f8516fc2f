package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestReplacedTablesThatReferToOnesThatStayMustBeConfirmed(t *testing.T) {
	t.Parallel()
	for _, target := range []*localdb.Server{testkit.MySQL(t), testkit.SecondMariaDB(t)} {
		s := between(t, testkit.MariaDB(t), target).onSource("CREATE TABLE item (id INT PRIMARY KEY)", "CREATE TABLE note (id INT PRIMARY KEY, item INT)").
			onTarget("CREATE TABLE item (id INT PRIMARY KEY)", "CREATE TABLE note (id INT PRIMARY KEY, item INT, self INT, CONSTRAINT fk_of FOREIGN KEY (item) REFERENCES item (id), CONSTRAINT own FOREIGN KEY (self) REFERENCES note (id))")
		s.spec.IfExists = engine.Replace
		s.green("replaced_table_refers")
		s.spec.Tables = []string{"note"}
		s.red(engine.Confirm, "replaced_table_refers", s.spec.TargetDatabase+".note.fk_of → item")
	}
}
