package cases

var names = []Case{
	{Name: "39 names with dots, quotes, wildcards and spaces", Database: "db.dot a%*?\"'x", SQL: []string{
		"CREATE TABLE `we``ird%*?na me\\\\\"'` (`se``lect` INT PRIMARY KEY, `ünï(VALUES` INT, `;--` INT, KEY `k,``(` (`ünï(VALUES`))", "INSERT INTO `we``ird%*?na me\\\\\"'` VALUES (1, 2, 3)",
		"CREATE TABLE `a.b` (`c.d` INT PRIMARY KEY)", "INSERT INTO `a.b` VALUES (1)", "CREATE TABLE `{db}` (`%` INT)", "CREATE TABLE `select` (`from` INT, `group` INT)", "INSERT INTO `select` VALUES (1, 2)",
		"CREATE VIEW `vi.ew ``x` AS SELECT `c.d` AS `a``b` FROM `a.b`", "CREATE PROCEDURE `pro c``x`() SELECT 1", "CREATE TRIGGER `tri.g` BEFORE INSERT ON `a.b` FOR EACH ROW SET NEW.`c.d` = 1",
	}},
	{Name: "39 names in letters of other languages", Database: "база 漢", SQL: []string{
		"CREATE TABLE `таблица` (`стол` INT PRIMARY KEY, `漢字` VARCHAR(9))", "INSERT INTO `таблица` VALUES (1, '漢')", "CREATE TABLE `ÄÖÜ ß` (`é` INT)", "CREATE VIEW `вид` AS SELECT `漢字` FROM `таблица`",
	}},
	{Name: "39 names with 64 characters", SQL: []string{
		"CREATE TABLE `t23456789012345678901234567890123456789012345678901234567890123é` (`c23456789012345678901234567890123456789012345678901234567890123é` INT PRIMARY KEY, KEY `k234567890123456789012345678901234567890123456789012345678901234` (`c23456789012345678901234567890123456789012345678901234567890123é`))",
		"INSERT INTO `t23456789012345678901234567890123456789012345678901234567890123é` VALUES (1)",
	}},
	{Name: "39 name with a newline and a slash", SQL: []string{"CREATE TABLE `we``ird/%*?name\n-- x` (id INT)", "INSERT INTO `we``ird/%*?name\n-- x` VALUES (1)"}, Pipe: everywhere("refused name_not_supported")},
	{Name: "40 comments that would run a command", SQL: []string{
		"CREATE TABLE inj (id INT PRIMARY KEY, a INT COMMENT '\\\\! touch {pwned}') COMMENT='*/\\n\\\\! touch {pwned}\\n/*'", "INSERT INTO inj VALUES (1, 2)",
	}},
	{Name: "40 name that would run a command", SQL: []string{"CREATE TABLE `x\n\\\\! touch {pwned}` (id INT)", "INSERT INTO `x\n\\\\! touch {pwned}` VALUES (1)"}, Pipe: everywhere("refused name_not_supported")},
	{Name: "40 routines and views whose names would", SQL: []string{"CREATE PROCEDURE `x\n\\\\! touch {pwned}`() SELECT 1", "CREATE VIEW `x -- y` AS SELECT 1 AS `/*`"}},
	{Name: "40 columns whose names would", SQL: []string{
		"CREATE TABLE c (id INT PRIMARY KEY, `x\n\\\\! touch {pwned}` INT, `*/` INT, `/*!50000 y` INT)", "INSERT INTO c VALUES (1, 2, 3, 4)",
	}},
	{Name: "44 names that differ in case only", SQL: []string{"CREATE TABLE T1 (id INT)", "CREATE TABLE t1 (id INT)"}},
	{Name: "44 the same on a target that cannot tell them apart", SQL: []string{"CREATE TABLE T1 (id INT)", "CREATE TABLE t1 (id INT)"},
		Target: map[string]string{"lower_case_table_names": "1"}, NotTo: "mysql", Want: everywhere("refused names_collide,names_lowered")},
	{Name: "names that begin with a dash or a dot, that are options and paths", Database: "/quo`te/.. x", SQL: []string{
		"CREATE TABLE `-x` (id INT)", "INSERT INTO `-x` VALUES (1)", "CREATE TABLE `--result-file=x` (id INT PRIMARY KEY)", "INSERT INTO `--result-file=x` VALUES (2)",
		"CREATE TABLE `../../x` (`a/b` INT PRIMARY KEY)", "INSERT INTO `../../x` VALUES (3)", "CREATE VIEW `-v/` AS SELECT `a/b` FROM `../../x`",
	}},
	{Name: "names of columns, keys and constraints that are words of SQL", SQL: []string{
		"CREATE TABLE k (`primary` INT PRIMARY KEY, `key` INT, `check` INT, `constraint` INT, `generated` INT, `comment` INT COMMENT 'c', `auto_increment` INT, `references` INT, KEY `unique` (`key`), UNIQUE KEY `foreign` (`check`), CONSTRAINT `check` CHECK (`constraint` > 0))", "INSERT INTO k VALUES (1, 2, 3, 4, 5, 6, 7, 8)",
	}},
}
