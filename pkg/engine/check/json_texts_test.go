package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestJSONThatIsMoreThanItsTextIsToBeConfirmedWhereItIsTextAnyhow(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource("CREATE TABLE t (id INT PRIMARY KEY, j JSON)", "INSERT INTO t VALUES (1, JSON_OBJECT('on', CAST('2024-01-01' AS DATE)))")
	s.green("json_typed_values")
	s.red(engine.Confirm, "json_becomes_text", "t.j")
}
