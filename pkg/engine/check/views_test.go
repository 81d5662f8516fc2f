package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

func TestViewsThatDoNotWorkAreNamed(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT)", "CREATE TABLE gone (a INT)",
			"CREATE VIEW good AS SELECT a FROM t", "CREATE VIEW bad AS SELECT a FROM gone", "CREATE VIEW worse AS SELECT a FROM bad", "DROP TABLE gone",
			"CREATE DEFINER=nobody@nowhere VIEW orphan AS SELECT a FROM t")
		s.red(engine.Block, "view_invalid", "bad", "worse")
	}
}

func TestViewsThatTheirServerDoesNotTakeAgainAreNamed(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.SecondMySQL(t)).onSource("CREATE TABLE t (a INT, b INT)", "CREATE VIEW v AS SELECT a FROM t WHERE b = (SELECT 1 UNION SELECT a FROM t ORDER BY b)")
	s.red(engine.Block, "view_invalid", "v")
}

func TestViewsOfTheirCallerAreNotBlocked(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT)",
		"CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1", "CREATE SQL SECURITY INVOKER VIEW own AS SELECT f() AS b FROM t")
	user, password := testkit.User(t, s.sourceServer, "GRANT SELECT, SHOW VIEW ON "+s.spec.SourceDatabase+".* TO %s")
	s.spec.Source.User, s.spec.Source.Password = user, secret.New(password)
	s.red(engine.Note, "view_untried", "own")
}

func TestViewsAreNotRun(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.SecondMySQL(t)).onSource("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)",
		"CREATE VIEW slow AS SELECT t.a FROM t JOIN (SELECT MAX(SLEEP(1000)) AS m FROM t) AS z ON z.m = t.a")
	s.green("view_invalid") // and nothing was unfinished
}
