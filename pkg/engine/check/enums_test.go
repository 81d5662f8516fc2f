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

func TestMemberOfTheNameOfAnotherIsNotTakenForThat(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, testkit.SecondMariaDB(t))
		s.source.SetMaxOpenConns(1)
		s.onSource("SET sql_mode = ''", "CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b','A','it''s'), s SET('x','b','B'), plain ENUM('a','b'), bits SET('b','b'))",
			"INSERT INTO t VALUES (1, 1, 3, 1, 1), (2, 3, 4, 2, 1)")
		s.green("enum_member_twice") // moved natively they arrive as they are
		s.spec.Executor = engine.ExecutorPipe
		s.red(engine.Block, "enum_member_twice", "t.e", "t.s")
		s.onSource("UPDATE t SET e = 4, s = 3")
		s.green("enum_member_twice")
	}
}
