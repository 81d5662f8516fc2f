package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestReplacingATableWithTriggersMustBeConfirmed(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT)").onTarget("CREATE TABLE t (a INT)", "CREATE TABLE other (a INT)",
		"CREATE TRIGGER unconcerned BEFORE INSERT ON other FOR EACH ROW SET NEW.a = 1")
	s.green("trigger_gap")
	s.onTarget("CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1")
	s.red(engine.Confirm, "trigger_gap", "r")
}
