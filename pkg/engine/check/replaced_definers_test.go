package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestProgramsThatCouldNotBePutBackForTheirDefiners(t *testing.T) {
	t.Parallel()
	for _, target := range []*localdb.Server{testkit.MySQL(t), testkit.SecondMariaDB(t)} {
		s := between(t, testkit.MariaDB(t), target).onSource("CREATE TABLE t (a INT)", "CREATE VIEW v AS SELECT 1 AS one").onTarget("CREATE TABLE t (a INT)",
			"CREATE DEFINER=`app`@`elsewhere` TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1", "CREATE DEFINER=`app`@`elsewhere` VIEW v AS SELECT 2 AS two",
			"CREATE DEFINER=`app`@`elsewhere` VIEW stays AS SELECT 3 AS three")
		s.spec.IfExists = engine.Replace
		s.loadAs("GRANT ALL ON `DB`.* TO %s")
		s.red(engine.Block, "trigger_not_restorable", "trigger r (app@elsewhere)")
		s.red(engine.Confirm, "undo_not_possible", "view v (app@elsewhere)")
		if target == testkit.MySQL(t) {
			s.loadAs("GRANT ALL ON `DB`.* TO %s", "GRANT SET_ANY_DEFINER ON *.* TO %s", "GRANT SELECT ON mysql.user TO %s", "GRANT SELECT ON mysql.global_grants TO %s")
			s.red(engine.Block, "trigger_not_restorable", "trigger r (app@elsewhere)")
			s.loadAs("GRANT ALL ON `DB`.* TO %s", "GRANT SET_ANY_DEFINER, ALLOW_NONEXISTENT_DEFINER ON *.* TO %s", "GRANT SELECT ON mysql.user TO %s", "GRANT SELECT ON mysql.global_grants TO %s")
			s.green("trigger_not_restorable")
			s.green("undo_not_possible")
		}
		s.onTarget("DROP TRIGGER r", "DROP VIEW v")
		s.green("trigger_not_restorable")
		s.green("undo_not_possible")
	}
}
