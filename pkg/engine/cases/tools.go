package cases

// tools are what the test suites of tools brought out that read and write databases.
var tools = []Case{
	{Name: "tools: a view over the view that took the place of a table, by an account that does not exist", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(300))", "INSERT INTO t VALUES (1, 'a')", "CREATE TABLE b (id INT, name VARCHAR(300))",
		"CREATE DEFINER = `gone`@`localhost` VIEW a AS SELECT b.id AS id, b.name AS name FROM b", "DROP TABLE b", "CREATE DEFINER = `gone`@`localhost` VIEW b AS SELECT t.id AS id, t.name AS name FROM t",
	}, Want: everywhere("equal definer_replaced")},
	{Name: "tools: programs that say utf8", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(9) CHARSET utf8)", "INSERT INTO t VALUES (1, 'é')", "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.s = CONVERT(NEW.s USING utf8) COLLATE utf8_bin",
		"CREATE PROCEDURE p(IN a VARCHAR(9) CHARSET utf8, OUT b TEXT CHARACTER SET utf8mb3) BEGIN DECLARE c VARCHAR(9) CHARACTER SET UTF8 COLLATE utf8_general_ci; SET c = a; SELECT c COLLATE utf8mb3_bin, _utf8'x'; END",
		"CREATE FUNCTION f(a VARCHAR(9) CHARSET utf8) RETURNS VARCHAR(9) CHARSET utf8 DETERMINISTIC RETURN a",
	}},
	{Name: "tools: a view that takes its time", SQL: []string{
		"CREATE TABLE t (a INT PRIMARY KEY)", "INSERT INTO t VALUES (1)",
		"CREATE VIEW v AS SELECT t.a FROM t JOIN (SELECT MAX(SLEEP(600)) AS m FROM information_schema.ENGINES) AS z ON z.m = t.a",
	}},
	{Name: "tools: a comment that only the other flavour executes", Without: "mariadb", SQL: []string{
		"CREATE PROCEDURE p() SELECT 2 /*M!100000 + 1 */, '/*M! */'", "CREATE PROCEDURE q() SELECT '/*M! + 1 */' -- /*M! + 1 */",
	}, Want: Verdicts{ToMariaDB: "refused definition_not_on_target"}},
	{Name: "tools: the mark of a comment that the other flavour executes, in texts", Without: "mariadb", SQL: []string{"CREATE PROCEDURE q() SELECT '/*M! + 1 */' -- /*M! + 1 */"}},
	{Name: "tools: a reference whose column takes its default", Without: "mariadb", SQL: []string{
		"CREATE TABLE p (id INT PRIMARY KEY)", "CREATE TABLE c (id INT PRIMARY KEY, p INT DEFAULT 1, FOREIGN KEY (p) REFERENCES p (id) ON DELETE SET DEFAULT ON UPDATE CASCADE)", "INSERT INTO p VALUES (1)", "INSERT INTO c VALUES (1, 1)",
	}, Want: Verdicts{ToMariaDB: "refused definition_not_on_target"}},
	{Name: "tools: bodies that end in a semicolon", Without: "mariadb", SQL: []string{
		"CREATE TABLE t (a INT)", "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1; /**/", "CREATE PROCEDURE p() SELECT 1; /**/", "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1; /**/",
		"CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO SELECT 1; /**/", "CREATE PROCEDURE q() SELECT 1 -- ;",
	}},
}
