package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestConversionsThatTakeAnotherCollationOnTheTargetAreNamed(t *testing.T) {
	t.Parallel()
	make := []string{
		"CREATE TABLE t (id INT PRIMARY KEY, b VARBINARY(9), CONSTRAINT c CHECK (CONVERT(b USING utf8mb4) <> 'a'))",
		"CREATE VIEW v AS SELECT id FROM t WHERE CONVERT(b USING utf8mb4) = 'a '",
		"CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN CAST('a' AS CHAR(9) CHARACTER SET utf8mb4) = 'a '",
		"CREATE VIEW told AS SELECT id FROM t WHERE CONVERT(b USING utf8mb4) COLLATE utf8mb4_bin = 'a '",
		"CREATE VIEW same AS SELECT id FROM t WHERE CAST(b AS CHAR CHARACTER SET latin1) = 'a '",
	}
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource(make...)
	s.red(engine.Confirm, "conversion_collation_changed", "table t (utf8mb4_general_ci → utf8mb4_0900_ai_ci)", "function f (utf8mb4_general_ci → utf8mb4_0900_ai_ci)", "view v (utf8mb4_general_ci → utf8mb4_0900_ai_ci)")
	s = between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(make...)
	s.red(engine.Confirm, "conversion_collation_changed", "table t (utf8mb4_0900_ai_ci → utf8mb4_general_ci)", "function f (utf8mb4_0900_ai_ci → utf8mb4_general_ci)", "view v (utf8mb4_0900_ai_ci → utf8mb4_general_ci)")
	between(t, testkit.MySQL(t), testkit.SecondMySQL(t)).onSource(make...).green("conversion_collation_changed")
}
