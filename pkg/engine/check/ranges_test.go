package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestTimesBeyondThoseOfMySQLAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMySQL(t)).onSource("CREATE TABLE t (id INT PRIMARY KEY, a TIME(6), b TIME(1), c TIMESTAMP(6) NULL, d TIMESTAMP(1) NULL)",
		"SET time_zone = '+00:00'", "INSERT INTO t VALUES (1, '838:59:59.000001', '-838:59:59.1', '1970-01-01 00:00:00.000001', '1970-01-01 00:00:01.1')")
	s.red(engine.Block, "value_not_on_target", "t.a", "t.b", "t.c")
	s.onSource("SET time_zone = '+00:00'", "UPDATE t SET a = '838:59:59', b = '-838:59:58.9', c = '1970-01-01 00:00:01'")
	s.green("value_not_on_target")
}

func TestGeometriesWithoutAByteAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)", "ALTER TABLE t ADD g POINT NOT NULL")
	s.red(engine.Block, "value_not_on_target", "t.g")
	s.onSource("UPDATE t SET g = POINT(1, 2)")
	s.green("value_not_on_target")
}

func TestNumbersOfMoreDigitsThanTheirColumnAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.SecondMySQL(t)).onSource("CREATE TABLE t (d DOUBLE(5,2), w DOUBLE(10,2), f FLOAT(2,2), g FLOAT(8,2))", "INSERT INTO t VALUES (-999.99, 10000000.55, 0.99, 1000)")
	s.green("value_not_on_target")
	s.onSource("INSERT IGNORE INTO t SELECT w, w, g, g FROM t")
	s.red(engine.Block, "value_not_on_target", "t.d", "t.f")
}
