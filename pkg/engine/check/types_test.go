package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestTypesOfTheOtherFlavourAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource("CREATE TABLE t (a INT, b UUID, c INET6)")
	s.red(engine.Block, "type_not_on_target", "t.b (uuid)", "t.c (inet6)")
	back := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource("CREATE TABLE t (a INT, v VECTOR(3))")
	back.red(engine.Block, "type_not_on_target", "t.v (vector)")
	same := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT, b UUID)")
	same.green("type_not_on_target")
}
