package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestFloatsAreJudgedByTheirValues(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, testkit.SecondMariaDB(t)).onSource(
			"CREATE TABLE t (id INT PRIMARY KEY, good FLOAT, bad FLOAT, none FLOAT, d DOUBLE)",
			"INSERT INTO t VALUES (1, 0.1, 1, NULL, 1/3e0), (2, -12345.6, 16777216, NULL, 0.1e0 + 0.2e0)")
		s.green("float_inexact") // moved natively they arrive as they are
		s.spec.Executor = engine.ExecutorPipe
		s.red(engine.Block, "float_inexact", "t.bad")
		s.red(engine.Note, "float_exact", "t.good", "t.none")
		s.onSource("UPDATE t SET bad = 16777200")
		s.green("float_inexact")
		s.onSource("UPDATE t SET bad = 3.14159274")
		s.spec.Content = engine.StructureOnly
		s.green("float_inexact")
	}
}

func TestNumbersWithSetDigitsAreJudgedByTheirText(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, testkit.SecondMariaDB(t)).onSource("SET sql_mode = ''",
			"CREATE TABLE t (id INT PRIMARY KEY, more FLOAT(8, 2), good FLOAT(7, 3), long_ DOUBLE(255, 30), d DOUBLE(20, 3))",
			"INSERT IGNORE INTO t VALUES (1, 999999.99, 9999.999, 1e200, 12345678901234567.125), (2, -1, -0.0005, 1e-29, -0.0005)")
		s.green("float_inexact")
		s.spec.Executor = engine.ExecutorPipe
		s.red(engine.Block, "float_inexact", "t.more", "t.long_")
		s.red(engine.Note, "float_exact", "t.good", "t.d")
	}
}

func TestFloatsAreJudgedWithoutACastAsWithIt(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		_, db := testkit.Database(t, server)
		testkit.Exec(t, db, "SET SESSION sql_mode = ''", "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, f FLOAT, g FLOAT(10, 2))",
			"INSERT INTO t (f) VALUES (0), (1), (-0.1), (16777216), (16777215), (1e-40), (1.17549e-38), (3.40282e38), (1e38), (1/3e0)",
			"INSERT INTO t (f) SELECT POW(2, a.id * 10 + b.id) FROM t a, t b",
			"INSERT INTO t (f, g) SELECT ROUND(RAND(1) * 1000, 2), RAND(2) * 1e7 FROM t a, t b",
			"INSERT INTO t (f) SELECT (RAND(3) - 0.5) * POW(10, RAND(4) * 60 - 30) FROM t LIMIT 10000")
		rounded, err := column(t.Context(), db, "SELECT SUM(f = POW(2, 88) AND "+changing("f", true, "", "")+") FROM t")
		require.NoError(t, err)
		require.Equal(t, []string{"1"}, rounded)
		for _, name := range []string{"f", "g"} {
			cast := "COALESCE(CAST(CAST(CONCAT(" + name + ") AS FLOAT) AS DOUBLE) <> " + name + " + 0e0, FALSE)"
			ours := "COALESCE(" + changing(name, true, "", "") + ", FALSE)"
			for _, differs := range []string{cast + " AND NOT " + ours, ours + " AND NOT " + cast + " AND ABS(" + name + ") BETWEEN 1e-37 AND 1e7"} { // others may be taken for rounded
				found, err := column(t.Context(), db, "SELECT CONCAT("+name+") FROM t WHERE "+differs)
				require.NoError(t, err)
				require.Empty(t, found, differs)
			}
		}
	}
}

func TestFloatsThatCannotBeReadInTimeMustBeConfirmed(t *testing.T) {
	t.Parallel()
	findings := floatFindings(nil, nil, []string{"t.f"})
	require.Len(t, findings, 1)
	require.Equal(t, engine.Confirm, findings[0].Level)
}
