package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestErrorValueOfAnEnumIsNotTakenForItsEmptyMember(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, testkit.SecondMariaDB(t)).onSource(
			"CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b',''), plain ENUM('a','b'))",
			"INSERT IGNORE INTO t VALUES (1, 'wrong', 'wrong'), (2, '', 'a')")
		s.green("enum_error_value") // moved natively they arrive as they are
		s.spec.Executor = engine.ExecutorPipe
		s.red(engine.Block, "enum_error_value", "t.e")
		s.onSource("UPDATE t SET e = 'a' WHERE e = 0")
		s.green("enum_error_value")
	}
}
