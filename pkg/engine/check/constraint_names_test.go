package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestConstraintNamesThatTablesThatStayHaveAreRefused(t *testing.T) {
	t.Parallel()
	for target, found := range map[*localdb.Server][]string{
		testkit.SecondMariaDB(t): {"c.Link = stays.Link"},
		testkit.MySQL(t):         {"c.Link = stays.Link", "c.positive = stays.positive"},
	} {
		s := between(t, target, target)
		child := func(name string) string {
			return "CREATE TABLE " + name + " (id INT PRIMARY KEY, CONSTRAINT Link FOREIGN KEY (id) REFERENCES p (id), CONSTRAINT positive CHECK (id > 0))"
		}
		s.onSource("CREATE TABLE p (id INT PRIMARY KEY)", child("c"))
		s.onTarget("CREATE TABLE p (id INT PRIMARY KEY)", child("c"))
		s.green("constraint_name_taken") // c is replaced
		s.onTarget("DROP TABLE c", child("stays"))
		s.red(engine.Block, "constraint_name_taken", found...)
	}
}
