package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestTextsThatUnicodeCannotCarryAreRefused(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, testkit.SecondMariaDB(t)).onSource(
			"CREATE TABLE t (id INT PRIMARY KEY, g VARCHAR(9) CHARACTER SET gbk, h VARCHAR(9) CHARACTER SET gbk, j VARCHAR(9) CHARACTER SET cp932, l VARCHAR(9) CHARACTER SET latin1)",
			"INSERT INTO t VALUES (1, x'AAA1', x'EE5C', x'ED40', x'81E9'), (2, NULL, '', NULL, NULL)")
		s.green("text_inexact") // moved natively they arrive as they are
		s.spec.Executor = engine.ExecutorPipe
		s.red(engine.Block, "text_inexact", "t.g (gbk)", "t.j (cp932)")
		s.onSource("DELETE FROM t WHERE id = 1")
		s.green("text_inexact")
	}
}
