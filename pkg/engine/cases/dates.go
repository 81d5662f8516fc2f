package cases

var dates = []Case{
	{Name: "22 dates that no calendar has", SQL: []string{
		"SET sql_mode = 'ALLOW_INVALID_DATES'", "CREATE TABLE d (id INT PRIMARY KEY, d DATE, t DATETIME(6))",
		"INSERT INTO d VALUES (1, '0000-00-00', '0000-00-00'), (2, '2024-02-30', '9999-12-31 23:59:59.999999'), (3, '2024-00-00', '2024-02-31 12:00:00'), (4, '1000-01-01', '0001-01-01')",
	}},
	{Name: "22 zero dates as defaults", SQL: []string{
		"SET sql_mode = ''", "CREATE TABLE d (id INT PRIMARY KEY, d DATE NOT NULL DEFAULT '0000-00-00', t DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00', s TIMESTAMP NOT NULL DEFAULT '0000-00-00 00:00:00')", "INSERT INTO d (id) VALUES (1)",
	}},
	{Name: "23 the hour that comes twice", SQL: []string{
		"SET time_zone = '+00:00'", "CREATE TABLE ts (id INT PRIMARY KEY, t TIMESTAMP(6) NULL)", "INSERT INTO ts VALUES (1, FROM_UNIXTIME(1698541200)), (2, FROM_UNIXTIME(1698544800)), (3, '1970-01-01 00:00:01'), (4, '2038-01-19 03:14:07.999999')",
	}},
	{Name: "times and years at their ends", SQL: []string{
		"CREATE TABLE h (id INT PRIMARY KEY, t TIME(6), y YEAR, n TIME)", "INSERT INTO h VALUES (1, '-838:59:59', 0, '838:59:59'), (2, '00:00:00.000001', 1901, '-00:00:01'), (3, '-00:00:00.5', 2155, NULL), (4, '24:00:00', 2000, '100:00:00')",
	}},
	{Name: "dates as keys and defaults that tell the time", SQL: []string{
		"CREATE TABLE k (d DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), s TIMESTAMP NULL DEFAULT NULL, u TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6), k DATE PRIMARY KEY)",
		"INSERT INTO k VALUES ('2024-01-01 00:00:00.001', NULL, '2024-01-01 00:00:00', '2024-01-01'), (NULL, '2024-06-01', '2024-06-01', '0001-01-01')",
	}},
}

var choices = []Case{
	{Name: "08 ENUM as the key", SQL: []string{
		"CREATE TABLE ek (e ENUM('b', 'a', 'c') PRIMARY KEY)", "INSERT INTO ek VALUES ('a'), ('b'), ('c')",
	}},
	{Name: "24 error value beside the member ''", SQL: []string{
		"SET sql_mode = ''", "CREATE TABLE en (id INT PRIMARY KEY, e ENUM('a', 'b', ''), x SET('p', 'q'))", "INSERT IGNORE INTO en VALUES (1, 'bad', 'zz'), (2, '', 'p,q'), (3, NULL, '')",
	}, Pipe: everywhere("refused enum_error_value")},
	{Name: "24 error value alone", SQL: []string{
		"SET sql_mode = ''", "CREATE TABLE en (id INT PRIMARY KEY, e ENUM('a', 'b'), x SET('p', 'q'))", "INSERT IGNORE INTO en VALUES (1, 'bad', 'zz'), (2, 'b', 'p,q'), (3, NULL, NULL)",
	}},
	{Name: "members that look like numbers", SQL: []string{
		"CREATE TABLE n (e ENUM('2', '1', '', 'a,b') NOT NULL, s SET('1', '0'), PRIMARY KEY (e))", "INSERT INTO n VALUES ('2', '1'), ('1', '0'), ('', '1,0'), ('a,b', NULL)",
	}},
	{Name: "members with quotes, backslashes and letters of many bytes", SQL: []string{
		"CREATE TABLE q (id INT PRIMARY KEY, e ENUM('a''b', 'c\\\\d', 'ä', '漢 字', '(1)', '`x`') DEFAULT 'a''b', s SET('x y', 'ö', '''') NOT NULL)", "INSERT INTO q VALUES (1, 'a''b', 'x y,ö'), (2, 'c\\\\d', ''''), (3, 'ä', ''), (4, '漢 字', 'ö')",
	}},
	{Name: "64 members in a SET, 300 in an ENUM", SQL: []string{
		"CREATE TABLE m (id INT PRIMARY KEY, s SET(" + members(64) + "), e ENUM(" + members(300) + "))", "INSERT INTO m VALUES (1, 'm1,m64', 'm300'), (2, 'm64', 'm1'), (3, 'm2', 'm256')",
	}},
}
