package cases

// computed are expressions of tables and views that servers do not compute or keep alike.
var computed = []Case{
	{Name: "a generated column of which two servers make different texts", SQL: []string{
		"CREATE TABLE g (id INT PRIMARY KEY, s VARCHAR(30), part VARCHAR(40) AS (REGEXP_REPLACE(s, '(a)', '$1')) VIRTUAL)", "INSERT INTO g (id, s) VALUES (1, 'a')",
	}, Want: Verdicts{ToMySQL: "refused computed_differently", ToMariaDB: "refused computed_differently"}, Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column"}},
	{Name: "a CHECK that another server sees violated", Without: "mysql", SQL: []string{
		"CREATE TABLE c (id INT PRIMARY KEY, s VARCHAR(30), CONSTRAINT replaced CHECK (REGEXP_REPLACE(s, '(a)', '$1') = '$1'))", "INSERT INTO c VALUES (1, 'a')",
	}, Want: Verdicts{ToMySQL: "refused computed_differently"}},
	{Name: "checks that warn of rows that they take", SQL: []string{
		"CREATE TABLE c (n INT CHECK (n > 'a'), s VARCHAR(30) CHECK (s <> 1))", "SET sql_mode = ''", "INSERT INTO c VALUES (1, 'a'), (2, 'b'), (NULL, NULL)",
	}, Pipe: Verdicts{ToMySQL: "refused computed_differently"}},
	{Name: "two paths side by side in a view's JSON_TABLE", Without: "mariadb", SQL: []string{
		`CREATE VIEW one AS SELECT * FROM JSON_TABLE('[{"b":[1,2],"c":[3]}]', '$[*]' COLUMNS (NESTED PATH '$.b' COLUMNS (n FOR ORDINALITY), NESTED PATH '$.c' COLUMNS (x INT PATH '$[0]'))) j`,
	}},
	{Name: "a path within the path of a view's JSON_TABLE", Without: "mariadb", SQL: []string{
		`CREATE VIEW two AS SELECT * FROM JSON_TABLE('[{"b":[1,2]}]', '$[*]' COLUMNS (NESTED PATH '$.b' COLUMNS (n FOR ORDINALITY, NESTED PATH '$[*]' COLUMNS (x INT PATH '$')))) j`,
	}, Want: Verdicts{ToMariaDB: "refused definition_not_on_target"}},
	{Name: "a polygon that is none for another server", Without: "mysql", SQL: []string{
		"CREATE TABLE g (id INT PRIMARY KEY, p POLYGON)", "INSERT INTO g VALUES (1, ST_GeomFromText('POLYGON((0 0,1 1,0 0))'))",
	}, Want: Verdicts{ToMySQL: "refused value_not_on_target"}},
	{Name: "a table whose tablespace was discarded", SQL: []string{
		"CREATE TABLE gone (id INT PRIMARY KEY)", "CREATE TABLE there (id INT PRIMARY KEY)", "INSERT INTO there VALUES (1)", "ALTER TABLE gone DISCARD TABLESPACE",
	}, Want: everywhere("refused tablespace_discarded")},
	{Name: "stored and indexed values of a server whose clock is not UTC's", Source: map[string]string{"default-time-zone": "+08:00", "div-precision-increment": "9"}, SQL: []string{
		"CREATE TABLE made (at TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00', w VARCHAR(20), PRIMARY KEY (at), FULLTEXT KEY (w))", "INSERT INTO made VALUES (DEFAULT, 'word'), ('2024-03-31 01:30:00', 'words')",
		"CREATE TABLE t (id INT PRIMARY KEY, ts TIMESTAMP NULL, d DATE AS (DATE(ts)) STORED, v DATE AS (DATE(ts)) VIRTUAL, n INT, third VARCHAR(40) AS (n / 3) STORED, at TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00', UNIQUE (v, n), FOREIGN KEY (at) REFERENCES made (at))",
		"INSERT INTO t (id, ts, n) VALUES (1, '2024-06-01 02:00:00', 1), (2, '2024-05-31 12:00:00', 1), (3, '1970-01-01 08:00:01', 2), (4, '2038-01-19 11:14:07', 2), (5, NULL, 3)",
	}, Want: everywhere("equal session_dependent"), Pipe: computedByPipe},
	{Name: "stored values that a session of another zone has computed", SQL: []string{
		"SET time_zone = '+05:00'", "CREATE TABLE t (id INT PRIMARY KEY, ts TIMESTAMP NULL, d DATE AS (DATE(ts)) STORED)", "INSERT INTO t (id, ts) VALUES (1, '2024-06-01 02:00:00')",
	}, Want: everywhere("refused computed_differently"), Pipe: computedByPipe},
}

// computedByPipe is for tables whose stored values a session's settings decide.
var computedByPipe = Verdicts{MariaDB: "refused session_dependent", ToMySQL: "refused generated_column,session_dependent", ToMariaDB: "refused generated_column,session_dependent", MySQL: "refused session_dependent"}
