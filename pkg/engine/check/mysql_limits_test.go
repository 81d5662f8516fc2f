package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestTablesThatMySQLDoesNotMakeAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMySQL(t)).onSource(
		"CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, g GEOMETRY NOT NULL, h POINT NOT NULL, v POINT AS (h) VIRTUAL, KEY part (g(32)), SPATIAL KEY (h))",
		"CREATE TABLE b (id INT AUTO_INCREMENT PRIMARY KEY, n INT AS (id + 1) VIRTUAL, y YEAR(2), d INT DEFAULT (1 + 1), e INT DEFAULT (DEFAULT(d)), f TEXT DEFAULT 'x', g TEXT AS (DEFAULT(f)))",
		"CREATE TABLE p (id INT) ENGINE=MyISAM PARTITION BY HASH (id) PARTITIONS 2", "CREATE TABLE q (id INT) PARTITION BY HASH (id) PARTITIONS 2",
		"CREATE TABLE d (a INT DEFAULT -1, b VARCHAR(9) DEFAULT 'it''s', c TIMESTAMP DEFAULT CURRENT_TIMESTAMP, n INT, e INT DEFAULT (DEFAULT(a) + DEFAULT(n)), f VARCHAR(9) AS (DEFAULT(b)), g TIMESTAMP DEFAULT (DEFAULT(c)), CHECK (e <> DEFAULT(a)))",
		"CREATE TABLE k (a INT DEFAULT (RAND()), b INT, CONSTRAINT k1 CHECK (b > DEFAULT(a)), CONSTRAINT k2 CHECK (a), CONSTRAINT k3 CHECK (a IN (1, 2)))",
		"CREATE VIEW x AS SELECT b, DEFAULT(n) AS d FROM d", "CREATE VIEW y AS SELECT 1 + DEFAULT(n) AS d FROM d",
		"CREATE VIEW v AS SELECT CHAR(LENGTH(CONVERT('a' USING latin1)) + 65 USING utf8mb4) AS c", "CREATE VIEW w AS SELECT CHAR(65) AS a, CONVERT('c' USING latin1) AS c",
		"CREATE TABLE c (x INT, n INT AS (x * 2) VIRTUAL, FOREIGN KEY (n) REFERENCES a (id))")
	s.red(engine.Block, "definition_not_on_target", "a.part (key over a part of a geometry)", "b.e (DEFAULT of a column with an expression)", "b.g (DEFAULT of a column with an expression)", "b.n (generated from an AUTO_INCREMENT)",
		"b.y (YEAR of two digits)", "c.c_ibfk_1 (foreign key over a virtual column)", "k.k1 (DEFAULT of a column with an expression)", "k.k2 (CHECK that compares nothing)", "p (partitions of MyISAM)", "v (CHAR with USING)", "x (DEFAULT as a column of a view)")
	s.onSource("DROP VIEW v, x", "DROP TABLE b, c, k, p", "ALTER TABLE a DROP KEY part")
	s.green("definition_not_on_target")
}
