package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestVectorsOfNoLengthAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.SecondMySQL(t)).onSource(
		"CREATE TABLE t (id INT PRIMARY KEY, good VECTOR(3))", "INSERT INTO t VALUES (1, TO_VECTOR('[1,2,3]')), (2, NULL)")
	s.green("vector_empty")
	s.onSource("ALTER TABLE t ADD bad VECTOR(3) NOT NULL")
	s.red(engine.Block, "vector_empty", "t.bad")
}
