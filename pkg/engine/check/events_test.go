package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestEventsAreSaidToArriveSwitchedOff(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT)")
	s.green("events_disabled")
	s.onSource("CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2036-01-01' DO SELECT 1")
	s.red(engine.Note, "events_disabled", "e")
}
