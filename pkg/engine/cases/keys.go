package cases

import (
	"fmt"
	"strings"
)

// members lists m1 to mn as the members of an ENUM.
func members(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("'m%d'", i+1)
	}
	return strings.Join(list, ", ")
}

var keys = []Case{
	{Name: "06 texts as the key", SQL: []string{
		"CREATE TABLE s (k VARCHAR(9) COLLATE utf8mb4_bin PRIMARY KEY)", "INSERT INTO s VALUES ('a'), ('A'), ('ä'), (''), ('a\\\\'), ('a\\''), ('%'), ('_'), ('\\0')",
	}},
	{Name: "09 one value of the first key column with many of the second", SQL: []string{
		"CREATE TABLE ck (a INT, b INT, v VARCHAR(100), PRIMARY KEY (a, b))",
		"INSERT INTO ck WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT 1, x.i * 1000 + y.i, REPEAT('x', 50) FROM n x, n y WHERE y.i <= 10", "INSERT INTO ck VALUES (0, 0, ''), (2, 0, '')", "ANALYZE TABLE ck",
	}},
	{Name: "09 a million of them", Long: true, SQL: []string{
		"CREATE TABLE ck (a INT, b INT, PRIMARY KEY (a, b))",
		"INSERT INTO ck WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 999) SELECT 1, x.i * 1000 + y.i FROM n x, n y", "ANALYZE TABLE ck",
	}},
	{Name: "10 unique key with NULLs", SQL: []string{
		"CREATE TABLE nn (a INT NULL, b INT, UNIQUE (a))", "INSERT INTO nn VALUES (NULL, 1), (NULL, 2), (1, 3)",
	}},
	{Name: "11 rows that are there twice", SQL: []string{
		"CREATE TABLE nopk (a INT, b TEXT)", "INSERT INTO nopk VALUES (1, 'x'), (1, 'x'), (NULL, NULL), (NULL, NULL)",
	}},
	{Name: "27 AUTO_INCREMENT outside of the primary key", SQL: []string{
		"CREATE TABLE ai (h BINARY(20) PRIMARY KEY, seq BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, x INT, KEY x (x, seq), UNIQUE (seq))", "INSERT INTO ai (h, x) VALUES ('b', 1), ('a', 2)",
	}},
	{Name: "27 AUTO_INCREMENT as the second column of its key", SQL: []string{
		"CREATE TABLE ai (g INT NOT NULL, id INT NOT NULL AUTO_INCREMENT, PRIMARY KEY (g, id)) ENGINE=MyISAM", "INSERT INTO ai (g) VALUES (1), (1), (2)",
	}},
	{Name: "keys of every type, long enough for several ranges", SQL: []string{
		"CREATE TABLE dec_key (k DECIMAL(20, 5) PRIMARY KEY, v CHAR(200))", "CREATE TABLE time_key (k TIMESTAMP(6) NOT NULL PRIMARY KEY, v CHAR(200))", "CREATE TABLE text_key (k VARCHAR(40) PRIMARY KEY, v CHAR(200))",
		"SET time_zone = '+00:00'",
		"INSERT INTO dec_key WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 999) SELECT x.i - 500.12345 + y.i * 1000, 'v' FROM n x, n y WHERE y.i <= 6",
		"INSERT INTO time_key SELECT '2024-01-01' + INTERVAL (k + 500) SECOND + INTERVAL 123456 MICROSECOND, v FROM dec_key", "INSERT INTO text_key SELECT CONCAT(LEFT(SHA2(k, 256), 32), 'É'), v FROM dec_key", "ANALYZE TABLE dec_key, time_key, text_key",
	}},
	{Name: "descending primary key and unique keys of all kinds", SQL: []string{
		"CREATE TABLE d (a INT, b INT, PRIMARY KEY (a DESC, b), UNIQUE u (b DESC, a))", "INSERT INTO d VALUES (1, 2), (2, 1), (1, 1)",
		"CREATE TABLE p (t TEXT, b BLOB, UNIQUE (t(10)), KEY (b(5), t(7)))", "INSERT INTO p VALUES ('aaaaaaaaaa', 'x'), ('aaaaaaaaab', 'x')",
	}},
	{Name: "no key, no columns but one, no rows", SQL: []string{"CREATE TABLE e (a INT)", "CREATE TABLE f (a INT PRIMARY KEY)", "CREATE TABLE g (a TEXT)"}},
}

var generated = []Case{
	{Name: "12 generated columns over JSON", SQL: []string{
		"CREATE TABLE g (id INT PRIMARY KEY, j JSON, v INT AS (JSON_EXTRACT(j, '$.a')) VIRTUAL, w INT AS (id * 2) STORED, UNIQUE (v))", `INSERT INTO g (id, j) VALUES (1, '{"a": 5}'), (2, '{}'), (3, NULL)`,
	}, Want: Verdicts{ToMariaDB: "equal json_becomes_text"}, Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column"}},
	{Name: "12 generated columns between the others", SQL: []string{
		"CREATE TABLE g (a INT AS (b + c) STORED, b INT, s VARCHAR(30) AS (CONCAT(b, '-', c)) VIRTUAL, c INT, t VARCHAR(30) AS (CONCAT(UPPER(u), ' é')) STORED, u VARCHAR(20), KEY (a), KEY (s), PRIMARY KEY (c))",
		"INSERT INTO g (b, c, u) VALUES (1, 2, 'x'), (-1, 1, NULL)",
	}, Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column"}},
	{Name: "13 a generated column alone", SQL: []string{"CREATE TABLE og (g INT AS (1) VIRTUAL)", "INSERT INTO og VALUES (DEFAULT), (DEFAULT)"},
		Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column", MySQL: "refused generated_column"}},
	{Name: "13 a generated column alone, without rows", SQL: []string{"CREATE TABLE og (g INT AS (1) VIRTUAL)"},
		Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column", MySQL: "refused generated_column"}},
	{Name: "14 invisible column", SQL: []string{"CREATE TABLE i (id INT PRIMARY KEY, h INT INVISIBLE DEFAULT 7)", "INSERT INTO i (id, h) VALUES (1, 42)"}},
	{Name: "15 primary key that nobody sees", Without: "mariadb", SQL: []string{
		"SET sql_generate_invisible_primary_key = 1", "CREATE TABLE gipk (a INT)", "INSERT INTO gipk VALUES (5), (5)", "DELETE FROM gipk LIMIT 1",
	}},
	{Name: "generated expressions with brackets, CASE, dates and quotes", SQL: []string{
		"CREATE TABLE g (id INT PRIMARY KEY, a INT, b VARCHAR(20), c INT AS ((a + 1) * 2) VIRTUAL, d VARCHAR(30) AS (CASE WHEN a > 1 THEN 'it''s' ELSE CONCAT(b, '\\\\') END) STORED, e DATE AS (DATE(f)) STORED, f DATETIME)",
		"INSERT INTO g (id, a, b, f) VALUES (1, 1, 'x', '2024-01-01 10:00:00'), (2, 2, 'y', NULL)",
	}, Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column"}},
	{Name: "defaults that are expressions", SQL: []string{
		"CREATE TABLE d (id INT PRIMARY KEY, a INT DEFAULT (1 + 2), b VARCHAR(36) DEFAULT (CONCAT('a', 'b')), c DATE DEFAULT (CURRENT_DATE), d DOUBLE DEFAULT 1.5, e VARCHAR(20) DEFAULT 'NULL', f VARCHAR(20) DEFAULT '', g CHAR(3) DEFAULT '''', h BINARY(3) DEFAULT 'ab', i BIT(3) DEFAULT b'101')",
		"INSERT INTO d (id) VALUES (1)",
	}},
	{Name: "checks", SQL: []string{
		"CREATE TABLE c (id INT PRIMARY KEY, a INT CHECK (a > 0), b INT, CONSTRAINT two CHECK ((a + b) * 2 > 0 AND b < 100 OR a IN (1, 2)), CONSTRAINT `od``d` CHECK (b <> 5))", "INSERT INTO c VALUES (1, 1, 1), (2, NULL, NULL)",
	}},
	{Name: "rows that their check refuses", MySQL: []string{
		"CREATE TABLE c (id INT PRIMARY KEY, a INT, CONSTRAINT k CHECK (a > 0))", "ALTER TABLE c ALTER CHECK k NOT ENFORCED", "INSERT INTO c VALUES (1, -1)",
	}, MariaDB: []string{
		"CREATE TABLE c (id INT PRIMARY KEY, a INT, CONSTRAINT k CHECK (a > 0))", "SET check_constraint_checks = 0", "INSERT INTO c VALUES (1, -1)",
	}, Want: Verdicts{ToMySQL: "refused check_violated", ToMariaDB: "refused definition_not_on_target,definition_refused"}},
}

// manyKeys are n columns, each with a key of its own.
func manyKeys(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("c%d INT, KEY k%d (c%d)", i, i, i))
	}
	return strings.Join(list, ", ")
}
