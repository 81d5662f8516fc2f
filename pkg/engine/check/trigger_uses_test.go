package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestWhatTriggersOfChosenTablesUseIsNamed(t *testing.T) {
	t.Parallel()
	for _, source := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, source, testkit.SecondMariaDB(t))
		s.onSource("CREATE TABLE t (id INT PRIMARY KEY, v INT, log INT) COLLATE utf8mb4_unicode_ci", "CREATE TABLE log (id INT)", "CREATE TABLE `other log` (id INT)", "CREATE TABLE there (id INT)", "CREATE TABLE unused (id INT)",
			"CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC RETURN x", "CREATE PROCEDURE p(x INT) SET @x = x",
			"CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET NEW.v = F(NEW.v)",
			"CREATE TRIGGER b AFTER INSERT ON t FOR EACH ROW BEGIN INSERT INTO log (id) VALUES (NEW.id); INSERT INTO there VALUES (1); INSERT INTO "+s.spec.SourceDatabase+".`other log` VALUES (2); END",
			"CREATE TRIGGER c AFTER UPDATE ON t FOR EACH ROW CALL P(1)",
			"CREATE TRIGGER d BEFORE UPDATE ON t FOR EACH ROW SET NEW.log = 1, NEW.v = LENGTH('unused') /* unused */",
			"CREATE TRIGGER e BEFORE INSERT ON unused FOR EACH ROW SET NEW.id = f(1)",
		).onTarget("CREATE TABLE there (id INT)")
		s.spec.Tables = []string{"t"}
		s.red(engine.Confirm, "trigger_uses_missing", "trigger a (function f)", "trigger b (table log, table other log)", "trigger c (procedure p)")
		s.onTarget("CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC RETURN x", "CREATE PROCEDURE p(x INT) SET @x = x")
		s.spec.Tables = []string{"t", "log", "other log"}
		s.green("trigger_uses_missing")
		s.spec.Tables = nil
		s.green("trigger_uses_missing")
	}
}
