package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestProgramsThatTakeAnotherCharacterSetFromTheTargetDatabaseAreNamed(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(
		"CREATE TABLE t (id INT PRIMARY KEY, w VARCHAR(9)) COLLATE utf8mb4_unicode_ci",
		"CREATE FUNCTION f(s VARCHAR(9)) RETURNS INT DETERMINISTIC RETURN 1",
		"CREATE FUNCTION number(n INT) RETURNS VARCHAR(9) CHARSET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC RETURN 'x'",
		"CREATE PROCEDURE p() BEGIN DECLARE s TEXT; SET s = 'x'; END",
		"CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.w = 'x'",
		"CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2036-01-01' DO BEGIN DECLARE s CHAR(3); SET s = 'x'; END",
	).onTarget("ALTER DATABASE CHARACTER SET latin1")
	s.red(engine.Confirm, "program_collation_changed",
		"event e (utf8mb4_0900_ai_ci → latin1_swedish_ci)", "function f (utf8mb4_0900_ai_ci → latin1_swedish_ci)", "procedure p (utf8mb4_0900_ai_ci → latin1_swedish_ci)")
	s.onTarget("ALTER DATABASE COLLATE utf8mb4_uca1400_nopad_ai_ci").green("program_collation_changed")
	s.onTarget("ALTER DATABASE CHARACTER SET latin1")
	s.spec.TargetDatabase += "_new"
	s.green("program_collation_changed")
}
