package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestJSONThatIsMoreThanItsTextIsRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MySQL(t)).onSource("CREATE TABLE t (id INT PRIMARY KEY, j JSON, k JSON)",
		`INSERT INTO t VALUES (1, '{"a": [1, 1.5, 1e100, true, null, "2024-01-01"]}', NULL)`)
	s.green("json_typed_values")
	s.onSource("UPDATE t SET k = JSON_OBJECT('on', CAST('2024-01-01' AS DATE))")
	s.red(engine.Block, "json_typed_values", "t.k")
	s.onSource("UPDATE t SET k = JSON_ARRAY(CAST(1.10 AS DECIMAL(9, 2)))")
	s.red(engine.Block, "json_typed_values", "t.k")
	s.onSource("UPDATE t SET k = CAST(CAST(k AS CHAR) AS JSON)", "DELETE FROM t", "INSERT INTO t VALUES (2, '1.1', '[]')")
	s.green("json_typed_values")
}
