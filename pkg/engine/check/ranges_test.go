package check

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

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

func TestTimestampsBeyondThoseOfTheTargetAreFound(t *testing.T) {
	t.Parallel()
	long, short, mysql := engine.Server{Flavour: engine.MariaDB, Version: "11.5.2-MariaDB"}, engine.Server{Flavour: engine.MariaDB, Version: "11.4.9-MariaDB"}, engine.Server{Flavour: engine.MySQL, Version: "9.7.0"}
	for _, same := range [][2]engine.Server{{long, long}, {short, long}, {short, short}, {mysql, short}, {mysql, long}, {short, mysql}} {
		require.Empty(t, timestampBeyond(same[0], same[1], false), "%v", same)
	}
	_, db := testkit.Database(t, testkit.MySQL(t)) // which counts on after 2038, if in no TIMESTAMP
	for _, target := range []engine.Server{short, mysql} {
		for value, beyond := range map[string]bool{"1971-01-01": false, "2038-01-18": false, "2038-01-20": true, "2050-01-01": true} {
			var found bool
			require.NoError(t, db.QueryRow("SELECT "+fmt.Sprintf(timestampBeyond(long, target, true), "CAST('"+value+"' AS DATETIME)")).Scan(&found))
			require.Equal(t, beyond, found, value)
		}
	}
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (id INT PRIMARY KEY, c TIMESTAMP NULL, d TIME)", "SET time_zone = '+00:00'", "INSERT INTO t VALUES (1, '2038-01-19 03:14:07', '01:00:00')")
	findings, err := ranges(t.Context(), engine.CheckInput{Spec: s.spec, Source: s.source, Target: s.target, SourceServer: long, TargetServer: short, Plan: &engine.Plan{Tables: []engine.PlannedTable{{Name: "t"}}}})
	require.NoError(t, err)
	require.Empty(t, findings)
}
