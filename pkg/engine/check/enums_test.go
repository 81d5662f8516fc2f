package check

import (
	"strconv"
	"strings"
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
		s.onSource("SET sql_mode = ''", "CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b','A','it''s'), s SET('x','b','B'), plain ENUM('a','b') CHARSET binary, bits SET('b','b'))",
			"INSERT INTO t VALUES (1, 1, 3, 1, 1), (2, 3, 4, 2, 1)")
		var many []string
		for i := range 1500 {
			many = append(many, "'m"+strconv.Itoa(i)+"'")
		}
		s.onSource("CREATE TABLE long_ (e ENUM("+strings.Join(many, ",")+",'M7'), c ENUM('', 'x'))", "INSERT INTO long_ VALUES (8, 1)", "INSERT IGNORE INTO long_ VALUES (1501, 'error')")
		s.green("enum_member_twice") // moved natively they arrive as they are
		s.spec.Executor = engine.ExecutorPipe
		s.red(engine.Block, "enum_member_twice", "long_.e", "t.e", "t.s")
		s.red(engine.Block, "enum_error_value", "long_.c")
		s.onSource("UPDATE t SET e = 4, s = 3", "TRUNCATE TABLE long_")
		s.green("enum_member_twice")
	}
}
