package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestNamesThatTheTargetWouldChangeAreRefused(t *testing.T) {
	t.Parallel()
	s := onStrangeTarget(t, testkit.MariaDB(t), map[string]string{"lower_case_table_names": "1"}).onSource("CREATE TABLE low (a INT)")
	s.green("names_lowered")
	s.onSource("CREATE TABLE Mixed (a INT)")
	s.red(engine.Block, "names_lowered", "Mixed")
	s.onSource("CREATE TABLE mixed (a INT)")
	s.red(engine.Block, "names_collide", "Mixed = mixed")
}
