package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestColumnsWithoutADefaultThatMayBeNullAreConfirmedForMariaDB(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE a (id INT NOT NULL, v INT, g INT AS (id) VIRTUAL, t TEXT)")
	s.green("default_becomes_null")
	s.onSource("CREATE TABLE t AS SELECT MAX(id) AS most, v, t FROM a")
	s.red(engine.Confirm, "default_becomes_null", "t.most")
	s = between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource("CREATE TABLE t (id INT PRIMARY KEY, bare INT, v INT, t TEXT)", "ALTER TABLE t ALTER bare DROP DEFAULT")
	s.red(engine.Confirm, "default_becomes_null", "t.bare")
}
