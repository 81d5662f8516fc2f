package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestAccountThatCannotLockDefinitionsIsTold(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource("CREATE TABLE t (a INT) CHARSET latin1")
	s.spec.Tables = []string{"t"}
	s.green("definitions_not_locked")
	s.readAs("GRANT SELECT, TRIGGER ON `DB`.* TO %s")
	s.red(engine.Note, "definitions_not_locked")
	s.readAs("GRANT SELECT, TRIGGER ON `DB`.* TO %s", "GRANT BACKUP_ADMIN, PROCESS ON *.* TO %s")
	s.green("definitions_not_locked")

	s = between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource("CREATE TABLE t (a INT)")
	s.green("definitions_not_locked")
}
