package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestRowsThatTheirCheckRefusesAreNamed(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource("CREATE TABLE t (a INT CHECK (a > 0), b INT, CONSTRAINT both_ CHECK (a < b))", "INSERT INTO t VALUES (1, 2), (NULL, NULL)")
	s.green("check_violated")
	s.source.SetMaxOpenConns(1)
	s.onSource("SET check_constraint_checks = 0", "INSERT INTO t VALUES (3, 2)")
	s.red(engine.Block, "check_violated", "t.both_")
}
