package cases

// servers are what the servers' own tests and samples exercise.
var servers = []Case{
	{Name: "documents whose default was taken away", Without: "mariadb", SQL: []string{"CREATE TABLE j (id INT PRIMARY KEY, a JSON, b JSON)", "ALTER TABLE j ALTER a DROP DEFAULT", "INSERT INTO j VALUES (1, NULL, '[]')"},
		Want: Verdicts{ToMariaDB: "equal default_becomes_null,json_becomes_text"}},
	{Name: "server: a foreign key whose parent was never made", SQL: []string{
		"SET foreign_key_checks = 0", "CREATE TABLE child (id INT PRIMARY KEY, p INT, CONSTRAINT orphan FOREIGN KEY (p) REFERENCES nobody (id) ON DELETE CASCADE)", "INSERT INTO child VALUES (1, 7), (2, NULL)",
	}},
	{Name: "server: programs made under ANSI and TRADITIONAL", SQL: []string{
		"CREATE TABLE t (a INT, b VARCHAR(20))", "SET sql_mode = 'ANSI'", "CREATE PROCEDURE p() SELECT \"a\", 'x' || b FROM \"t\" GROUP BY 1", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 'x' || NEW.\"a\"",
		"SET sql_mode = 'TRADITIONAL'", "CREATE PROCEDURE q() SELECT 1", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO SET @x = 1", "SET sql_mode = 'ANSI,TRADITIONAL'", "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1",
	}},
	{Name: "server: columns whose default was taken away", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(9) DEFAULT 'x', c TIMESTAMP NULL, d ENUM('a', 'b') NOT NULL DEFAULT 'b', e TEXT, g POINT)", "ALTER TABLE t ALTER a DROP DEFAULT, ALTER b DROP DEFAULT, ALTER c DROP DEFAULT, ALTER d DROP DEFAULT", "INSERT INTO t VALUES (1, NULL, NULL, NULL, 'a', NULL, NULL)",
	}, Want: Verdicts{ToMariaDB: "equal default_becomes_null"}},
	{Name: "server: columns that were made of a query", SQL: []string{
		"CREATE TABLE a (id INT NOT NULL, v INT, t TEXT)", "CREATE TABLE t AS SELECT MAX(id) AS most, v, MAX(t) AS t, NULL AS n FROM a GROUP BY v", "INSERT INTO t VALUES (1, 2, 'x', NULL)",
	}, Want: Verdicts{MariaDB: "equal default_becomes_null", ToMariaDB: "equal default_becomes_null"}},
	{Name: "server: defaults that are other columns, or numbers of a text", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, a INT DEFAULT (id), b INT DEFAULT (a + id), c TEXT DEFAULT (10), d TINYTEXT DEFAULT ('x'), e DOUBLE DEFAULT 2.59e-28, f FLOAT DEFAULT 8.39219e-7)", "INSERT INTO t (id) VALUES (1), (2)",
	}},
	{Name: "server: programs that are older than their database's collation", SQL: []string{
		"ALTER DATABASE `{db}` COLLATE utf8mb4_bin", "CREATE TABLE t (a INT, s VARCHAR(9))", "CREATE FUNCTION f(s VARCHAR(9)) RETURNS VARCHAR(9) DETERMINISTIC RETURN s = 'A'", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.s = f('a')",
		"CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO BEGIN DECLARE s CHAR(3); END", "ALTER DATABASE `{db}` COLLATE utf8mb4_unicode_ci", "CREATE PROCEDURE p(s TEXT) SELECT s",
	}},
	{Name: "server: a blob that only as hex is too long for the target", Target: map[string]string{"max_allowed_packet": "3M"}, SQL: []string{
		"CREATE TABLE b (id INT PRIMARY KEY, b LONGBLOB)", "INSERT INTO b VALUES (1, REPEAT(UNHEX('5C00'), 780000))",
	}, Pipe: everywhere("refused row_too_large")},
	{Name: "server: small and great FLOATs", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, f FLOAT, d DOUBLE)", "INSERT INTO t VALUES (1, 1e-5, 1e-5), (2, 1e-10, 1e-150), (3, -1e-38, -1e-307), (4, 3.40282e38, 1.7976931348623157e308), (5, 1234567890, 1e15), (6, -0.001, 0.1)",
	}, Pipe: everywhere("refused float_inexact")},
	{Name: "server: members that are bytes", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a', 'a ') CHARACTER SET binary, s SET('b', 'b ') CHARACTER SET binary)", "INSERT INTO t VALUES (1, 'a', 'b'), (2, 'a ', 'b ,b')",
	}},
	{Name: "server: rows that are nowhere", Without: "mariadb", SQL: []string{"CREATE TABLE b (id INT PRIMARY KEY, v TEXT) ENGINE=BLACKHOLE", "INSERT INTO b VALUES (1, 'x')"}, Want: Verdicts{ToMariaDB: "refused engine_not_on_target"}},
	{Name: "server: columns that insist on an SRID", Without: "mariadb", SQL: []string{
		"CREATE TABLE address (id INT PRIMARY KEY, location GEOMETRY NOT NULL SRID 0, at POINT SRID 4326, SPATIAL KEY (location))", "INSERT INTO address VALUES (1, ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('POINT(10 20)', 4326)), (2, ST_GeomFromText('LINESTRING(0 0,1 1)'), NULL)",
	}, Want: Verdicts{ToMariaDB: "equal srid_not_enforced"}},
	{Name: "server: timestamps without a default where the target makes one up", Target: map[string]string{"explicit_defaults_for_timestamp": "OFF"}, SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, a TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, b TIMESTAMP NOT NULL, c TIMESTAMP NULL)", "CREATE TABLE u (id INT PRIMARY KEY, first TIMESTAMP NOT NULL)", "INSERT INTO t VALUES (1, '2024-01-01', '2024-01-02', NULL)",
	}},
	{Name: "server: events whose time has passed", SQL: []string{
		"CREATE TABLE t (a INT)", "SET timestamp = 86400", "CREATE EVENT once ON SCHEDULE AT '2001-01-01 00:00:00' ON COMPLETION NOT PRESERVE DISABLE DO INSERT INTO t VALUES (1)",
		"CREATE EVENT kept ON SCHEDULE AT '2001-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE DO INSERT INTO t VALUES (2)",
		"CREATE EVENT `a\\b'c` ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO INSERT INTO t VALUES (4)",
		"CREATE EVENT `daily 時` ON SCHEDULE EVERY 1 DAY STARTS '2001-01-01 00:00:00' ENDS '2002-01-01 00:00:00' DISABLE DO INSERT INTO t VALUES (3)", "SET timestamp = DEFAULT",
	}},
	{Name: "server: introducers in defaults", Without: "mysql", SQL: []string{"CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) CHARACTER SET utf8mb3 DEFAULT CONCAT(_utf8mb3'A'))", "INSERT INTO t (id) VALUES (1)"}},
}
