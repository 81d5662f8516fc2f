package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestJSONThatIsTooDeepForMariaDBIsRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(
		"CREATE TABLE t (id INT PRIMARY KEY, good JSON, deep JSON)",
		"INSERT INTO t VALUES (1, CONCAT(REPEAT('[', 31), REPEAT(']', 31)), CONCAT(REPEAT('[', 32), REPEAT(']', 32))), (2, NULL, NULL)")
	s.red(engine.Block, "json_too_deep", "t.deep")
}
