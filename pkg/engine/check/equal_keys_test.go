package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestKeysWhoseValuesBecomeEqualAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource(
		"CREATE TABLE there (w VARCHAR(9) COLLATE utf8mb4_general_nopad_ci PRIMARY KEY, n INT)", // whose collation MariaDB has too
		"INSERT INTO there VALUES ('a', 1), ('a ', 2)",
		"CREATE TABLE sent (id INT, f FLOAT, b VARBINARY(9), w VARCHAR(9) COLLATE utf8mb3_uca1400_nopad_as_ci, UNIQUE one (id, w), UNIQUE many (f, b, w), UNIQUE start (w(2)))",
		"INSERT INTO sent VALUES (1, 16777216, 'x', 'ä'), (1, 16777217.5, 'x', 'A'), (2, 16777216, 'x', 'bcx'), (NULL, 1, 'x', NULL), (NULL, 1, 'x', NULL)",
		"CREATE TABLE good (w VARCHAR(9) COLLATE utf8mb4_uca1400_as_cs PRIMARY KEY)", "INSERT INTO good VALUES ('a'), ('A'), ('ä')")
	s.red(engine.Block, "collation_duplicates", "sent.one", "sent.start", "there.PRIMARY")
	s.spec.Tables = []string{"good"}
	s.green("collation_duplicates")
	s.green("collation_duplicates_unchecked")
}

func TestKeysOfALongTableAreLeftToTheirBuilding(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(
		"CREATE TABLE t (w VARCHAR(80) PRIMARY KEY)", "SET SESSION cte_max_recursion_depth = 100000",
		"INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT i FROM n", "ANALYZE TABLE t")
	s.red(engine.Note, "collation_duplicates_unchecked", "t.PRIMARY")
	s.green("collation_duplicates")
}
