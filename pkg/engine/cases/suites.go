package cases

// suites are what the tests of other copiers exercise beyond the catalogue.
var suites = []Case{
	{Name: "suite: wildcards in names, one for each table", SQL: []string{
		"CREATE TABLE `t_%` (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(36))", "CREATE TABLE `t_*` LIKE `t_%`", "CREATE TABLE `t_?` LIKE `t_%`", "CREATE TABLE `t_.` LIKE `t_%`", "CREATE TABLE `t.a` LIKE `t_%`", "CREATE TABLE `t_[a]` LIKE `t_%`",
		"INSERT INTO `t_%` (v) VALUES ('a')", "INSERT INTO `t_*` (v) VALUES ('b')", "INSERT INTO `t_?` (v) VALUES ('c')", "INSERT INTO `t_.` (v) VALUES ('d')", "INSERT INTO `t.a` (v) VALUES ('e')", "INSERT INTO `t_[a]` (v) VALUES ('f')",
	}},
	{Name: "suite: a table whose comment is VIEW", SQL: []string{"CREATE TABLE tb (id INT) COMMENT='VIEW'", "INSERT INTO tb VALUES (1)"}},
	{Name: "suite: every integer as the key, at its ends", SQL: []string{
		"CREATE TABLE a (k TINYINT PRIMARY KEY)", "CREATE TABLE b (k SMALLINT UNSIGNED PRIMARY KEY)", "CREATE TABLE c (k MEDIUMINT PRIMARY KEY)", "CREATE TABLE d (k DECIMAL(30, 0) UNSIGNED PRIMARY KEY)", "CREATE TABLE e (k BIT(20) PRIMARY KEY)",
		"INSERT INTO a VALUES (-128), (0), (127)", "INSERT INTO b VALUES (0), (65535)", "INSERT INTO c VALUES (-8388608), (8388607)", "INSERT INTO d VALUES (0), (18446744073709551616), (999999999999999999999999999999)", "INSERT INTO e VALUES (0), (1), (1048575)",
	}},
	{Name: "suite: keys of several columns, with gaps, NULLs beside and times", SQL: []string{
		"CREATE TABLE k (a INT NOT NULL, b DATETIME(6) NOT NULL, c VARCHAR(20) NOT NULL, d INT, PRIMARY KEY (a, b, c), UNIQUE (d, a))", "INSERT INTO k VALUES (1, '2024-01-01 00:00:00.000001', '', NULL), (1, '2024-01-01 00:00:00.000001', ' x', NULL), (1, '1000-01-01', 'é', 3), (-5, '9999-12-31 23:59:59.999999', 'z', 3)",
		"CREATE TABLE f (k FLOAT NOT NULL, v INT, UNIQUE (k))", "INSERT INTO f VALUES (0.5, 1), (-1.5, 2)",
	}},
	{Name: "suite: columns in another character set than their table, swapped and mixed", SQL: []string{
		"CREATE TABLE m (id INT PRIMARY KEY, a VARCHAR(64) CHARSET utf8mb4 COLLATE utf8mb4_unicode_ci, b VARCHAR(64) CHARSET latin1, c TINYTEXT CHARSET utf8mb3, d TEXT CHARSET latin1 COLLATE latin1_bin, KEY (b), KEY (d(10))) CHARSET latin1", "INSERT INTO m VALUES (1, 'átesting-😀', 'átesting', 'initial ä', 'ÿ')",
	}},
	{Name: "suite: dates before 1970, fractions with leading zeros", SQL: []string{
		"CREATE TABLE d (id INT PRIMARY KEY, a DATETIME(3), b TIMESTAMP(3) NULL, c DATETIME(6), d TIME(6), i DATE)", "INSERT INTO d VALUES (1, '1969-12-31 23:59:59.007', '1970-01-01 00:00:01.001', '0001-01-01 00:00:00.000007', '-00:00:00.000007', '1752-09-14'), (2, '1000-01-01', '2024-02-29 23:59:59.999', NULL, '838:59:58.999999', '2000-02-29')",
	}},
	{Name: "suite: a column that has the name of a word, in another case", SQL: []string{"CREATE TABLE w (`Index` INT, `VALUES` INT, `Select` INT, `interval` INT, `rank` INT, `system` INT, `returning` INT, `lateral` INT, `row` INT, `offset` INT, `rows` INT, PRIMARY KEY (`Index`))", "INSERT INTO w VALUES (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)"}},
	{Name: "suite: unique keys over generated columns, and one after another", SQL: []string{
		"CREATE TABLE g (id INT AUTO_INCREMENT PRIMARY KEY, u BINARY(16) AS (UNHEX(REPLACE(t, '-', ''))) STORED, t VARCHAR(36), n INT AS (id_copy * 10) VIRTUAL, id_copy INT, nn INT AS (n + 1) VIRTUAL, UNIQUE (u), UNIQUE (nn))", "INSERT INTO g (t, id_copy) VALUES ('123e4567-e89b-12d3-a456-426655440000', 1), (NULL, NULL)",
	}, Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column"}},
	{Name: "suite: triggers, routines and views of a film shop", SQL: []string{
		"CREATE TABLE film (film_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT, title VARCHAR(128) NOT NULL, description TEXT, release_year YEAR, rental_rate DECIMAL(4, 2) NOT NULL DEFAULT 4.99, rating ENUM('G', 'PG', 'PG-13', 'R') DEFAULT 'G', special SET('Trailers', 'Commentaries', 'Deleted Scenes'), last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (film_id), KEY idx_title (title))",
		"CREATE TABLE film_text (film_id SMALLINT UNSIGNED NOT NULL, title VARCHAR(255) NOT NULL, description TEXT, PRIMARY KEY (film_id), FULLTEXT KEY idx (title, description))",
		"CREATE TRIGGER ins_film AFTER INSERT ON film FOR EACH ROW BEGIN INSERT INTO film_text (film_id, title, description) VALUES (NEW.film_id, NEW.title, NEW.description); END",
		"CREATE TRIGGER upd_film AFTER UPDATE ON film FOR EACH ROW BEGIN IF (OLD.title != NEW.title) OR (OLD.film_id != NEW.film_id) THEN UPDATE film_text SET title = NEW.title WHERE film_id = OLD.film_id; END IF; END",
		"INSERT INTO film (title, description, release_year, rating, special) VALUES ('ACADEMY', 'A epic; drama', 2006, 'PG', 'Trailers,Deleted Scenes'), ('ACE', NULL, NULL, NULL, NULL)",
		"CREATE FUNCTION in_stock(p INT) RETURNS BOOLEAN READS SQL DATA BEGIN DECLARE n INT; SELECT COUNT(*) INTO n FROM film WHERE film_id = p; IF n = 0 THEN RETURN FALSE; ELSE RETURN TRUE; END IF; END",
		"CREATE PROCEDURE rewards(IN min_n TINYINT UNSIGNED, OUT n INT) READS SQL DATA COMMENT 'report' proc: BEGIN DECLARE d DATE; IF min_n = 0 THEN SELECT 'too low'; LEAVE proc; END IF; SET d = DATE_SUB(CURRENT_DATE(), INTERVAL 1 MONTH); CREATE TEMPORARY TABLE tmp (id SMALLINT UNSIGNED NOT NULL PRIMARY KEY); SELECT COUNT(*) INTO n FROM film; DROP TABLE tmp; END",
		"CREATE VIEW film_list AS SELECT f.film_id AS FID, f.title AS title, GROUP_CONCAT(CONCAT(f.title, ' ', f.rating) SEPARATOR ', ') AS films FROM film f LEFT JOIN film_text t ON f.film_id = t.film_id GROUP BY f.film_id, f.title",
	}},
	{Name: "suite: employees, with the latest department by a view over a view", SQL: []string{
		"CREATE TABLE employees (emp_no INT NOT NULL, birth_date DATE NOT NULL, first_name VARCHAR(14) NOT NULL, gender ENUM('M', 'F') NOT NULL, PRIMARY KEY (emp_no))", "CREATE TABLE departments (dept_no CHAR(4) NOT NULL, dept_name VARCHAR(40) NOT NULL, PRIMARY KEY (dept_no), UNIQUE KEY (dept_name))",
		"CREATE TABLE dept_emp (emp_no INT NOT NULL, dept_no CHAR(4) NOT NULL, from_date DATE NOT NULL, to_date DATE NOT NULL, FOREIGN KEY (emp_no) REFERENCES employees (emp_no) ON DELETE CASCADE, FOREIGN KEY (dept_no) REFERENCES departments (dept_no) ON DELETE CASCADE, PRIMARY KEY (emp_no, dept_no))",
		"INSERT INTO employees VALUES (10001, '1953-09-02', 'Georgi', 'M')", "INSERT INTO departments VALUES ('d001', 'Marketing')", "INSERT INTO dept_emp VALUES (10001, 'd001', '1986-06-26', '9999-01-01')",
		"CREATE OR REPLACE VIEW dept_emp_latest_date AS SELECT emp_no, MAX(from_date) AS from_date, MAX(to_date) AS to_date FROM dept_emp GROUP BY emp_no",
		"CREATE OR REPLACE VIEW current_dept_emp AS SELECT l.emp_no, dept_no, l.from_date, l.to_date FROM dept_emp d INNER JOIN dept_emp_latest_date l ON d.emp_no = l.emp_no AND d.from_date = l.from_date AND l.to_date = d.to_date",
	}},
	{Name: "suite: views that sort before what they use, by names and by functions", SQL: []string{
		"CREATE TABLE t (a INT, b VARCHAR(30))", "INSERT INTO t VALUES (1, 'alfred'), (2, 'angie')", "CREATE VIEW v3 AS SELECT a, b FROM t", "CREATE VIEW v2 AS SELECT v3.b FROM v3, t WHERE t.a = v3.a", "CREATE VIEW v1 AS SELECT v3.a, v2.b FROM v3, v2 WHERE v3.b = v2.b WITH CASCADED CHECK OPTION",
		"CREATE FUNCTION zf(x INT) RETURNS INT DETERMINISTIC RETURN (SELECT COUNT(*) FROM v3) + x", "CREATE VIEW a1 AS SELECT zf(a) AS f FROM t",
	}},
	{Name: "suite: columns with the names of other columns' parts, and of many kinds of quotes", SQL: []string{
		"CREATE TABLE q (`a b` INT, `c\"d` INT, `e``f` INT, `g'h` INT, `i\\\\j` INT, PRIMARY KEY (`a b`, `c\"d`, `e``f`))", "INSERT INTO q VALUES (815, 4711, 2006, 1, 2)", "CREATE VIEW vq AS SELECT `c\"d` AS `x'y`, `g'h` FROM q",
	}},
	{Name: "suite: defaults that are words, numbers in quotes and functions' names", SQL: []string{
		"CREATE TABLE d (id INT PRIMARY KEY, a VARCHAR(20) DEFAULT 'CURRENT_TIMESTAMP', b VARCHAR(20) DEFAULT '0x41', c CHAR(10) DEFAULT '007', d INT DEFAULT '5', e VARCHAR(9) DEFAULT '''a''', f DECIMAL(5, 2) DEFAULT '-1.50', g VARCHAR(9) DEFAULT 'b''1''', h SET('a', 'b') DEFAULT 'a,b', i DATETIME DEFAULT '2024-01-01 00:00:00', j TIMESTAMP(3) NULL DEFAULT '2024-01-01 00:00:00.123', k YEAR DEFAULT '2024', l TIME DEFAULT '-01:00:00', m DOUBLE DEFAULT '1e10')",
		"SET time_zone = '+00:00'", "INSERT INTO d (id) VALUES (1)",
	}},
	{Name: "suite: a table without rows beside a hundred thousand rows without a key", SQL: []string{
		"CREATE TABLE none (id INT PRIMARY KEY)", "CREATE TABLE heap (a INT, s VARCHAR(50))", "INSERT INTO heap WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT x.i, REPEAT('y', 40) FROM n x, n y WHERE y.i <= 110", "ANALYZE TABLE heap",
	}},
	{Name: "suite: events with every kind of schedule", SQL: []string{
		"CREATE EVENT e1 ON SCHEDULE EVERY 2 QUARTER STARTS '2030-01-01 00:00:00' DO SET @a = 1", "CREATE EVENT e2 ON SCHEDULE EVERY '1-6' YEAR_MONTH STARTS '2030-01-01 00:00:00' ON COMPLETION PRESERVE ENABLE DO BEGIN END", "SET time_zone = '+05:30'", "CREATE EVENT `e ``3` ON SCHEDULE AT '2036-06-01 12:00:00' DO DO SLEEP(0)",
	}},
	{Name: "suite: a key over an expression that cuts values off", Without: "mariadb", SQL: []string{
		"SET sql_mode = ''", "CREATE TABLE k (id INT PRIMARY KEY, s VARCHAR(20), n INT, KEY ((CAST(s AS CHAR(5)))))", "INSERT INTO k VALUES (1, 'abcdefgh', 300), (2, 'ab', NULL)",
	}, Want: Verdicts{ToMariaDB: "refused definition_not_on_target,definition_refused"}},
	{Name: "suite: a default that makes a point", SQL: []string{"CREATE TABLE p (id INT PRIMARY KEY, g POINT DEFAULT (POINT(1, 2)))", "INSERT INTO p (id) VALUES (1)"}},
	{Name: "suite: the comment of a table with a zero byte", Without: "mariadb", SQL: []string{"CREATE TABLE c (id INT PRIMARY KEY COMMENT 'a\\0b', n INT) COMMENT 'it''s \\\\ a\\0b'", "CREATE TABLE e (id INT COMMENT 'a\\0b') COMMENT '\\\\0'"},
		Want: Verdicts{ToMariaDB: "refused definition_not_on_target"}},
	{Name: "suite: the comments of a key and of a column with a zero byte", Without: "mariadb", SQL: []string{"CREATE TABLE d (id INT COMMENT 'a\\0b', KEY (id) COMMENT 'a\\0b')"},
		Want: Verdicts{ToMariaDB: "refused definition_not_on_target"}},
	{Name: "suite: the comment of a column with a zero byte", Without: "mariadb", SQL: []string{"CREATE TABLE e (id INT COMMENT 'a\\0b') COMMENT '\\\\0'"}},
	{Name: "suite: floating counters", Without: "mysql", SQL: []string{"CREATE TABLE f (id FLOAT AUTO_INCREMENT PRIMARY KEY)", "CREATE TABLE d (id DOUBLE AUTO_INCREMENT PRIMARY KEY)", "INSERT INTO f VALUES (1), (2)"},
		Want: Verdicts{ToMySQL: "refused definition_not_on_target"}},
	{Name: "suite: a program whose rows are returned", Without: "mysql", SQL: []string{"CREATE TABLE t (id INT PRIMARY KEY)", "CREATE PROCEDURE p() INSERT INTO t VALUES (1) RETURNING id"},
		Want: Verdicts{ToMySQL: "refused definition_refused"}},
	{Name: "suite: generated geometries that are never NULL", Without: "mariadb", SQL: []string{
		"CREATE TABLE g (id INT PRIMARY KEY, w VARCHAR(100), g GEOMETRY AS (ST_GeomFromText(w)) STORED NOT NULL SRID 0, v POINT AS (POINT(id, 1)) VIRTUAL NOT NULL, n INT AS (id + 1) STORED NOT NULL, SPATIAL KEY (g))", "INSERT INTO g (id, w) VALUES (1, 'POINT(1 2)'), (2, 'LINESTRING(0 0, 1 1)')",
	}, Want: Verdicts{ToMariaDB: "refused definition_refused"}, Pipe: Verdicts{ToMariaDB: "refused definition_refused,generated_column"}},
	{Name: "suite: regular expressions in a check, a generated column and a view", SQL: []string{
		"CREATE TABLE r (id INT PRIMARY KEY, s VARCHAR(20), g BOOLEAN AS (s NOT REGEXP '^[x-z]') STORED, CHECK (s REGEXP '^[a-z]+$' OR CONCAT(s, ',') RLIKE '[0-9]'))", "INSERT INTO r (id, s) VALUES (1, 'abc'), (2, 'x1'), (3, NULL)",
		"CREATE VIEW v AS SELECT id, s REGEXP 'b' AS b FROM r WHERE s REGEXP '^(a|x)' AND NOT s RLIKE 'q'",
	}, Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column"}},
	{Name: "suite: an archive written to just before", Without: "mariadb", SQL: []string{"CREATE TABLE a (id INT, s VARCHAR(20)) ENGINE = ARCHIVE", "INSERT INTO a VALUES (1, 'a'), (2, NULL)"}, Want: Verdicts{ToMariaDB: "refused engine_not_on_target"}},
}
