package cases

// migrators are what the tests of tools exercise that change and synchronise schemas.
var migrators = []Case{
	{Name: "migrators: a used up counter", SQL: []string{
		"CREATE TABLE a (id TINYINT AUTO_INCREMENT PRIMARY KEY)", "CREATE TABLE b (id BIGINT AUTO_INCREMENT PRIMARY KEY, v INT)", "CREATE TABLE c (v INT, id INT UNSIGNED NOT NULL AUTO_INCREMENT, KEY v (v), KEY id (id))",
		"INSERT INTO a VALUES (127)", "INSERT INTO b VALUES (9223372036854775807, 1), (-9223372036854775808, 2)", "INSERT INTO c VALUES (1, 4294967295), (2, 1)",
	}},
	{Name: "migrators: generated columns whose values do not fit, and keys over such", SQL: []string{
		"SET sql_mode = ''", "CREATE TABLE g (a INT, b INT, s INT AS (a + b) VIRTUAL, t TINYINT UNSIGNED AS (a * 2) STORED, c CHAR(2) AS (CONCAT(a, '-', b)) VIRTUAL)", "INSERT IGNORE INTO g (a, b) VALUES (2147483647, 1), (-1, -2147483648), (1, 2)",
		"CREATE TABLE n (a INT PRIMARY KEY, b INT AS (a + 1) VIRTUAL UNIQUE, c INT AS (b + 1) STORED UNIQUE, d INT AS (c + 1) VIRTUAL UNIQUE, e INT AS (d + 1) STORED UNIQUE)", "INSERT INTO n (a) VALUES (1), (10), (100)",
	}, Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column"}},
	{Name: "migrators: a variable that only MySQL leaves open until it runs", Without: "mariadb", SQL: []string{
		"CREATE TABLE one (id INT PRIMARY KEY, name VARCHAR(99) DEFAULT 'unknown')", "CREATE PROCEDURE p(name VARCHAR(10)) BEGIN DECLARE i INT; SET i = rounds; WHILE i > 0 DO INSERT INTO one (name) VALUES ('\\xF0'); SET i = i - 1; END WHILE; END",
	}, Want: Verdicts{ToMariaDB: "refused definition_refused"}},
	{Name: "migrators: a computed column that only MariaDB takes", Without: "mysql", SQL: []string{
		"CREATE TABLE c (id INT AUTO_INCREMENT PRIMARY KEY, next INT AS (id + 1) VIRTUAL)", "INSERT INTO c (id) VALUES (1), (7)",
	}, Want: Verdicts{ToMySQL: "refused definition_not_on_target"}, Pipe: Verdicts{ToMySQL: "refused definition_not_on_target,generated_column", ToMariaDB: "refused generated_column"}},
}
