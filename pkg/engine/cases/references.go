package cases

var references = []Case{
	{Name: "31 foreign keys in a circle", SQL: []string{
		"CREATE TABLE a (id INT PRIMARY KEY, b INT)", "CREATE TABLE b (id INT PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES a (id) ON DELETE CASCADE)", "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b (id)",
		"INSERT INTO a VALUES (1, NULL)", "INSERT INTO b VALUES (1, 1)", "UPDATE a SET b = 1",
	}},
	{Name: "32 a table that refers to itself", SQL: []string{
		"CREATE TABLE self (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES self (id))", "INSERT INTO self VALUES (1, NULL), (2, 1), (3, 3)",
	}},
	{Name: "32 a foreign key into another database", SQL: []string{
		"CREATE DATABASE IF NOT EXISTS cases_elsewhere", "CREATE TABLE IF NOT EXISTS cases_elsewhere.parent (id INT PRIMARY KEY)", "CREATE TABLE ch (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES cases_elsewhere.parent (id))",
	}, Want: everywhere("refused foreign_key_third_schema")},
	{Name: "foreign keys with every action and over several columns", SQL: []string{
		"CREATE TABLE p (a INT, b VARCHAR(9), c INT, PRIMARY KEY (a, b), UNIQUE (c))",
		"CREATE TABLE c (id INT PRIMARY KEY, a INT, b VARCHAR(9), c INT, CONSTRAINT two FOREIGN KEY (a, b) REFERENCES p (a, b) ON UPDATE CASCADE, CONSTRAINT `o``ne` FOREIGN KEY (c) REFERENCES p (c) ON DELETE SET NULL ON UPDATE NO ACTION, CONSTRAINT r FOREIGN KEY (c) REFERENCES p (c) ON DELETE RESTRICT)",
		"INSERT INTO p VALUES (1, 'x', 5), (1, 'y', 6)", "INSERT INTO c VALUES (1, 1, 'x', 5), (2, NULL, NULL, NULL)",
	}},
	{Name: "rows whose parent is missing", SQL: []string{
		"CREATE TABLE p (id INT PRIMARY KEY)", "CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id))", "SET foreign_key_checks = 0", "INSERT INTO c VALUES (1, 99)",
	}},
	{Name: "foreign key whose parent was made later, in another character set", Without: "mysql", SQL: []string{
		"SET foreign_key_checks = 0", "CREATE TABLE c (id INT PRIMARY KEY, s VARCHAR(20) CHARACTER SET utf8mb4, KEY (s), CONSTRAINT k FOREIGN KEY (s) REFERENCES p (s))", "CREATE TABLE p (id INT PRIMARY KEY, s VARCHAR(20) CHARACTER SET latin1, KEY (s))", "INSERT INTO c VALUES (1, 'x')",
	}, Want: everywhere("refused definition_refused")},
	{Name: "foreign key whose parent lost its key", Without: "mysql", SQL: []string{
		"SET foreign_key_checks = 0", "CREATE TABLE p (id INT PRIMARY KEY, n INT, KEY n (n))", "CREATE TABLE c (id INT PRIMARY KEY, n INT, KEY (n), CONSTRAINT k FOREIGN KEY (n) REFERENCES p (n))", "ALTER TABLE p DROP KEY n",
	}, Want: everywhere("refused definition_refused")},
	{Name: "foreign keys from and to generated columns", SQL: []string{
		"CREATE TABLE p (id INT PRIMARY KEY, g INT AS (id + 1) STORED UNIQUE)", "CREATE TABLE c (id INT PRIMARY KEY, x INT AS (id * 2) STORED, y INT, FOREIGN KEY (x) REFERENCES p (id), FOREIGN KEY (y) REFERENCES p (g))", "INSERT INTO p (id) VALUES (2)", "INSERT INTO c (id, y) VALUES (1, 3)",
	}, Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column"}},
	{Name: "foreign keys to and from columns that are not stored", Without: "mysql", SQL: []string{
		"CREATE TABLE p (id INT PRIMARY KEY, g INT AS (id + 1) VIRTUAL UNIQUE)", "CREATE TABLE c (id INT PRIMARY KEY, y INT, v INT AS (id + 1) VIRTUAL, FOREIGN KEY (y) REFERENCES p (g), FOREIGN KEY (v) REFERENCES p (id))",
	}, Want: Verdicts{ToMySQL: "refused definition_not_on_target"}, Pipe: Verdicts{ToMySQL: "refused definition_not_on_target,generated_column", ToMariaDB: "refused generated_column"}},
	{Name: "foreign keys between texts of other lengths, bytes, times, bits and members", SQL: []string{
		"CREATE TABLE p (id INT PRIMARY KEY, s CHAR(40) UNIQUE, b VARBINARY(20) UNIQUE, d DATETIME(3) UNIQUE, t BIT(4) UNIQUE, e ENUM('a', 'b') UNIQUE)",
		"CREATE TABLE c (id INT PRIMARY KEY, s VARCHAR(20), b BINARY(9), d DATETIME, t BIT(7), e ENUM('b', 'c', 'd'), FOREIGN KEY (s) REFERENCES p (s), FOREIGN KEY (b) REFERENCES p (b), FOREIGN KEY (d) REFERENCES p (d), FOREIGN KEY (t) REFERENCES p (t), FOREIGN KEY (e) REFERENCES p (e))",
		"INSERT INTO p VALUES (1, 'x', NULL, NULL, NULL, 'a')", "INSERT INTO c VALUES (1, 'x', NULL, NULL, NULL, 'b')",
	}},
	{Name: "foreign key to a key that is not unique", SQL: []string{
		"CREATE TABLE p (id INT PRIMARY KEY, k INT, KEY (k))",
	}, MariaDB: []string{"CREATE TABLE c (id INT PRIMARY KEY, k INT, FOREIGN KEY (k) REFERENCES p (k))"},
		MySQL: []string{"SET restrict_fk_on_non_standard_key = 0", "CREATE TABLE c (id INT PRIMARY KEY, k INT, FOREIGN KEY (k) REFERENCES p (k))"}},
}

var views = []Case{
	{Name: "33 views over views that are made later, and over functions", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY)", "CREATE FUNCTION fn(a INT) RETURNS INT DETERMINISTIC RETURN a + 1",
		"CREATE VIEW v2 AS SELECT id, fn(id) AS f FROM t", "CREATE VIEW v1 AS SELECT * FROM v2", "CREATE OR REPLACE VIEW v2 AS SELECT id, fn(id) * 2 AS f FROM t", "CREATE VIEW a0 AS SELECT v1.f FROM v1 JOIN v2 USING (id)",
	}},
	{Name: "views over several unions", SQL: []string{
		"CREATE TABLE t (a INT, b INT)", "CREATE VIEW u AS SELECT a FROM t UNION SELECT b FROM t UNION ALL SELECT b + 1 FROM t", "CREATE VIEW n (m) AS SELECT a FROM u WHERE a NOT IN (SELECT b FROM t WHERE b > 1) UNION SELECT b FROM t",
	}},
	{Name: "view that its server cannot use", Without: "mysql", SQL: []string{
		"CREATE TABLE t (a INT)", "CREATE VIEW w (x, y) AS SELECT a AS a, 1 AS b FROM t UNION ALL SELECT a, 2 FROM t ORDER BY a LIMIT 5",
	}, Want: everywhere("refused view_invalid")},
	{Name: "view over a union with names for its columns, sorted by number", SQL: []string{
		"CREATE TABLE t (a INT, b INT)", "CREATE VIEW w (x, `y z`) AS SELECT a, 1 FROM t WHERE a NOT IN (SELECT b FROM t WHERE b > 1) UNION ALL SELECT b, 2 FROM t ORDER BY 1 LIMIT 5",
	}, Want: Verdicts{ToMariaDB: "refused definition_refused"}},
	{Name: "34 missing definer and a qualified name in a subquery", SQL: []string{
		"CREATE TABLE a (id INT PRIMARY KEY)", "CREATE DEFINER='gone'@'%' SQL SECURITY INVOKER VIEW vd AS SELECT (SELECT COUNT(*) FROM `{db}`.a) AS c",
	}, Want: everywhere("equal definer_replaced")},
	{Name: "34 missing definer whose rights the view needs", SQL: []string{
		"CREATE TABLE a (id INT PRIMARY KEY)", "CREATE DEFINER='gone'@'%' SQL SECURITY DEFINER VIEW vd AS SELECT COUNT(*) AS c FROM a",
	}, Want: everywhere("equal definer_replaced")},
	{Name: "35 view over a table that is gone", SQL: []string{
		"CREATE TABLE t9 (c INT)", "CREATE VIEW vbad AS SELECT c FROM t9", "DROP TABLE t9",
	}, Want: everywhere("refused view_invalid")},
	{Name: "35 view over a column that is gone", SQL: []string{
		"CREATE TABLE t9 (c INT, d INT)", "CREATE VIEW vbad AS SELECT c FROM t9", "ALTER TABLE t9 DROP COLUMN c",
	}, Want: everywhere("refused view_invalid")},
	{Name: "views of every form", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, `na me` VARCHAR(20), d DATE)", "INSERT INTO t VALUES (1, 'x', '2024-01-01')",
		"CREATE ALGORITHM=MERGE VIEW m AS SELECT id FROM t WHERE id > 0 WITH LOCAL CHECK OPTION", "CREATE ALGORITHM=TEMPTABLE VIEW tt AS SELECT COUNT(*) AS n, MAX(`na me`) AS `ma x` FROM t GROUP BY d HAVING n > 0",
		"CREATE VIEW u (a, `b``c`) AS SELECT id, 'it''s \\\\ é' FROM t UNION ALL SELECT 2, CASE WHEN 1 = 1 THEN 'z' ELSE NULL END LIMIT 5",
		"CREATE VIEW j AS SELECT x.id, (x.id + 1) * 2 AS calc, CONCAT(y.`na me`, '%') AS c FROM t x LEFT JOIN t y ON x.id = y.id AND y.d BETWEEN '2024-01-01' AND '2024-12-31' WHERE x.`na me` LIKE 'x%' AND NOT (x.id IN (3, 4) OR x.d IS NULL)",
		"CREATE SQL SECURITY INVOKER VIEW i AS SELECT EXISTS (SELECT 1 FROM t z WHERE z.id = t.id) AS e, DATE_FORMAT(d, '%Y') AS y, CAST(id AS CHAR(10)) AS s FROM t",
	}, Want: Verdicts{ToMySQL: "equal conversion_collation_changed", ToMariaDB: "equal conversion_collation_changed"}},
	{Name: "view with a common table expression and a window", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, v INT)", "CREATE VIEW w AS WITH c AS (SELECT id, v FROM t) SELECT id, ROW_NUMBER() OVER (PARTITION BY v ORDER BY id) AS n FROM c",
	}},
	{Name: "JSON duality view", Without: "mariadb", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))", "CREATE JSON RELATIONAL DUALITY VIEW jdv AS SELECT JSON_DUALITY_OBJECT('_id': id, 'v': v) FROM t",
	}, Want: Verdicts{ToMariaDB: "refused definition_refused,function_not_on_target"}},
}

var programs = []Case{
	{Name: "emoji in the members of ENUM and SET, which no server shows", SQL: []string{"CREATE TABLE a (e ENUM('x', '😀'), s SET('p', '👍q'))", "INSERT INTO a VALUES ('😀', 'p,👍q')"},
		Want: Verdicts{MariaDB: "refused text_not_shown", ToMySQL: "refused text_not_shown", ToMariaDB: "refused text_not_shown", MySQL: "refused text_not_shown"}},
	{Name: "an emoji as the default, which MariaDB does not show", SQL: []string{"CREATE TABLE b (v VARCHAR(20) DEFAULT '😀', i INT)", "INSERT INTO b (i) VALUES (1)"}, Without: "mysql",
		Want: Verdicts{MariaDB: "refused text_not_shown", ToMySQL: "refused text_not_shown"}},
	{Name: "texts in expressions, outside the first plane", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20), g VARCHAR(20) AS (CONCAT(v, '😀')), d VARCHAR(20) DEFAULT (CONCAT('😀', 'x')), CHECK (v <> '👍'))", "INSERT INTO t (id, v) VALUES (1, 'a')",
	}, Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column"}},
	{Name: "texts in expressions, of clients in other character sets", SQL: []string{
		"SET character_set_client = gbk, collation_connection = gbk_chinese_ci", "CREATE TABLE u (v VARCHAR(20), g VARCHAR(20) AS (CONCAT(v, '\xd6\xd0')), d VARCHAR(20) DEFAULT (CONCAT('\xb1\xed', 'x')), CHECK (v <> '\xd6\xd0'))", "INSERT INTO u (v) VALUES ('a')", "SET NAMES utf8mb4",
	}, Want: Verdicts{ToMariaDB: "refused definition_not_on_target"}, Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused definition_not_on_target,generated_column"}},
	{Name: "38 programs of clients in other character sets", SQL: []string{
		"CREATE TABLE t (a INT, b VARCHAR(20))", "SET character_set_client = gbk, collation_connection = gbk_chinese_ci",
		"CREATE PROCEDURE `p\xd6\xd0\xce\xc4`(`x\xd6\xd0` INT) COMMENT '\xd6\xd0\xce\xc4' SELECT '\xb1\xed'", "CREATE FUNCTION `f\xd6\xd0`(`x\xd6\xd0` VARCHAR(9)) RETURNS VARCHAR(20) DETERMINISTIC NO SQL COMMENT 'k\xb1\xed' RETURN '\xd6\xd0'",
		"CREATE TRIGGER `t\xd6\xd0` BEFORE INSERT ON t FOR EACH ROW SET NEW.b = '\xd6\xd0'", "CREATE EVENT `e\xd6\xd0` ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' COMMENT '\xb1\xed' DO SELECT '\xd6\xd0'",
		"SET character_set_client = latin1, collation_connection = latin1_swedish_ci", "CREATE EVENT `\xe9` ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO SELECT '\xe9'", "CREATE PROCEDURE q() COMMENT '\xe9' SELECT '\xe9'", "SET NAMES utf8mb4",
	}},
	{Name: "38 characters that end in a backslash", SQL: []string{
		"CREATE TABLE t (a VARCHAR(20))", "SET character_set_client = cp932, collation_connection = cp932_japanese_ci", "CREATE PROCEDURE p() BEGIN INSERT INTO {db}.t VALUES ('\x95\x5c'); DELETE FROM {db}.t; SELECT 'x'; END",
		"CREATE FUNCTION f() RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM {db}.t WHERE a <> '\x94\x5c')", "SET NAMES utf8mb4",
	}},
	{Name: "38 a view whose connection has no ASCII in its character set", SQL: []string{"CREATE TABLE t (a VARCHAR(20))", "SET collation_connection = ucs2_general_ci", "CREATE VIEW v AS SELECT CONCAT(a, 'x') AS c FROM t", "CREATE PROCEDURE p() SELECT 'x'", "SET NAMES utf8mb4"}},
	{Name: "36 delimiters inside of an event", SQL: []string{
		"CREATE EVENT ev ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO BEGIN SELECT ';;'; SELECT \"$$\"; END",
	}},
	{Name: "37 procedure under ANSI_QUOTES", SQL: []string{
		"CREATE TABLE t (x INT)", "SET sql_mode = 'ANSI_QUOTES'", "CREATE PROCEDURE \"a'b\"() SELECT \"x\" FROM \"t\"",
	}},
	{Name: "38 body in latin1, and triggers in order", SQL: []string{
		"CREATE TABLE a (id INT PRIMARY KEY, b INT)", "SET NAMES latin1 COLLATE latin1_german1_ci", "CREATE PROCEDURE pl() SELECT '\xe4\xf6\xfc'",
		"CREATE TRIGGER t1 BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1", "CREATE TRIGGER t2 BEFORE INSERT ON a FOR EACH ROW FOLLOWS t1 SET NEW.b = NEW.b * 2", "CREATE TRIGGER t0 BEFORE INSERT ON a FOR EACH ROW PRECEDES t1 SET NEW.id = NEW.id",
	}},
	{Name: "programs with every clause", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))",
		"CREATE PROCEDURE p(IN a INT, OUT b VARCHAR(10), INOUT `c d` DECIMAL(10, 2)) READS SQL DATA SQL SECURITY INVOKER COMMENT 'it''s; --' BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN END; l: LOOP SET b = 'x'; LEAVE l; END LOOP; END",
		"CREATE FUNCTION f(a VARCHAR(10)) RETURNS VARCHAR(20) DETERMINISTIC NO SQL BEGIN /* c; */ DECLARE x INT DEFAULT 1; -- d;\n RETURN CONCAT(a, ';', x); END",
		"CREATE TRIGGER ad AFTER DELETE ON t FOR EACH ROW BEGIN DELETE FROM t WHERE id = OLD.id; END", "CREATE TRIGGER bu BEFORE UPDATE ON t FOR EACH ROW SET NEW.v = f(OLD.v)",
		"CREATE EVENT once_ ON SCHEDULE AT '2037-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'c' DO DELETE FROM t", "CREATE EVENT often ON SCHEDULE EVERY '1:30' HOUR_MINUTE STARTS '2030-01-01 00:00:00' ENDS '2036-01-01 00:00:00' DO CALL p(1, @a, @b)",
	}},
	{Name: "programs that name their database", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY)", "CREATE PROCEDURE p() BEGIN INSERT INTO `{db}`.t VALUES (1); SELECT '{db}.t'; END", "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @n = (SELECT COUNT(*) FROM {db}.t)",
	}},
	{Name: "modes that change what a body means", SQL: []string{
		"SET sql_mode = 'PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,IGNORE_SPACE,HIGH_NOT_PRECEDENCE,PAD_CHAR_TO_FULL_LENGTH'", "CREATE FUNCTION f() RETURNS VARCHAR(20) DETERMINISTIC RETURN 'a\\' || 'b'", "CREATE TABLE t (a CHAR(5))", "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = NOT 1 BETWEEN -5 AND 5",
	}},
	{Name: "texts around programs that take backslashes as they stand", SQL: []string{
		"SET sql_mode = 'NO_BACKSLASH_ESCAPES'", "CREATE PROCEDURE p() COMMENT 'a\nb\\c''\r\\n' SELECT 'x\\y'", "CREATE FUNCTION f() RETURNS ENUM('a\\b', 'c') DETERMINISTIC COMMENT 'd\\e' RETURN 1",
		"CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2036-01-01 00:00:00' DISABLE COMMENT 'a\nb\\c' DO SET @a = 'x\\y'", "SET sql_mode = ''", "CREATE PROCEDURE q() COMMENT 'a\nb\\\\c' SELECT 1",
	}},
	{Name: "functions that a binary log would distrust", Source: map[string]string{"log_bin_trust_function_creators": "ON"}, SQL: []string{
		"CREATE TABLE t (a INT)", "CREATE FUNCTION f() RETURNS INT RETURN RAND() * 10",
	}, Want: everywhere("refused function_not_logged")},
	{Name: "library", Without: "mariadb", SQL: []string{"CREATE LIBRARY l LANGUAGE JAVASCRIPT AS 'export function f() { return 1 }'"}, Want: Verdicts{ToMariaDB: "refused object_not_supported", MySQL: "refused object_not_supported"}},
	{Name: "package", Without: "mysql", SQL: []string{
		"SET sql_mode = 'ORACLE'", "CREATE PACKAGE k AS FUNCTION f RETURN INT; END", "CREATE PACKAGE BODY k AS FUNCTION f RETURN INT AS BEGIN RETURN 1; END; END",
	}, Want: Verdicts{MariaDB: "refused object_not_supported", ToMySQL: "refused object_not_supported"}},
	{Name: "function that adds up rows", Without: "mysql", SQL: []string{
		"CREATE AGGREGATE FUNCTION s(x INT) RETURNS INT DETERMINISTIC BEGIN DECLARE t INT DEFAULT 0; DECLARE CONTINUE HANDLER FOR NOT FOUND RETURN t; LOOP FETCH GROUP NEXT ROW; SET t = t + x; END LOOP; END",
	}, Want: Verdicts{ToMySQL: "refused definition_refused"}},
}
