package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestAccountThatCannotShareASnapshotIsToldWhatHelps(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT)")
	s.spec.Tables = []string{"t"}
	s.green("snapshot_one_session")
	s.readAs("GRANT SELECT, TRIGGER, LOCK TABLES ON `DB`.* TO %s")
	s.green("snapshot_one_session")
	s.readAs("GRANT SELECT, TRIGGER ON `DB`.* TO %s", "GRANT RELOAD ON *.* TO %s")
	s.red(engine.Note, "snapshot_one_session")
	s.readAs("GRANT SELECT, TRIGGER ON `DB`.* TO %s", "GRANT RELOAD, PROCESS ON *.* TO %s")
	s.green("snapshot_one_session")

	s = between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT)")
	s.spec.Tables = []string{"t"}
	s.readAs("GRANT SELECT, TRIGGER ON `DB`.* TO %s")
	s.red(engine.Note, "snapshot_one_session")
	s.readAs("GRANT SELECT, TRIGGER ON `DB`.* TO %s", "GRANT BINLOG MONITOR ON *.* TO %s")
	s.green("snapshot_one_session")
	s.readAs("GRANT SELECT, TRIGGER ON `DB`.* TO %s", "GRANT RELOAD ON *.* TO %s")
	s.green("snapshot_one_session")
	s.readAs("GRANT SELECT, TRIGGER ON `DB`.* TO %s", "GRANT BINLOG MONITOR ON *.* TO %s")
	s.spec.Executor = engine.ExecutorPipe // dumps need a lock on either flavour
	s.red(engine.Note, "snapshot_one_session")
	s.readAs("GRANT SELECT, TRIGGER, LOCK TABLES ON `DB`.* TO %s")
	s.green("snapshot_one_session")
}
