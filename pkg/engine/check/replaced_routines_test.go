package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestRightsOnReplacedRoutinesAreNamed(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.SecondMariaDB(t), testkit.MySQL(t)} {
		s := between(t, testkit.MariaDB(t), server).onSource("CREATE PROCEDURE P() SELECT 1", "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1").
			onTarget("CREATE PROCEDURE p() SELECT 2", "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 2", "CREATE PROCEDURE stays() SELECT 2")
		s.green("routine_rights_lost")
		user, _ := testkit.User(t, server, "GRANT EXECUTE ON PROCEDURE "+s.spec.TargetDatabase+".p TO %s", "GRANT EXECUTE ON PROCEDURE "+s.spec.TargetDatabase+".stays TO %s")
		s.red(engine.Confirm, "routine_rights_lost", "procedure p ("+user+"@%)")
	}
}
