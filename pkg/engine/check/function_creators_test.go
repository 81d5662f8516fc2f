package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestTargetThatDistrustsFunctionCreatorsIsRefused(t *testing.T) {
	t.Parallel()
	s := onStrangeTarget(t, testkit.MariaDB(t), nil).onSource("CREATE TABLE t (a INT)",
		"CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1", "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1", "CREATE PROCEDURE p() SELECT 1")
	s.green("function_creators_not_trusted")
	s.loadAs("GRANT CREATE, TRIGGER, CREATE ROUTINE ON `DB`.* TO %s")
	s.red(engine.Block, "function_creators_not_trusted", "trigger r", "function f")
	s.onTarget("SET GLOBAL log_bin_trust_function_creators = 1")
	s.green("function_creators_not_trusted")
}
