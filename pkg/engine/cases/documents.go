package cases

var documents = []Case{
	{Name: "16 JSON with every escape", SQL: []string{
		"CREATE TABLE js (id INT PRIMARY KEY, j JSON)",
		`INSERT INTO js VALUES (1, '{"a":"\\t\\u0001\\"\\\\"}'), (2, '[]'), (3, NULL), (4, 'null'), (5, '"x"'), (6, '{"k": {"é😀": [1, 2.5, true, -0.0, 1e100]}}'), (7, '18446744073709551615')`,
	}, Want: Verdicts{ToMariaDB: "equal json_becomes_text"}},
	{Name: "16 JSON that is more than its text", Without: "mariadb", SQL: []string{
		"CREATE TABLE js (id INT PRIMARY KEY, j JSON)", "INSERT INTO js VALUES (1, JSON_OBJECT('t', CAST('2024-01-01 10:00:00' AS DATETIME))), (2, JSON_OBJECT('d', CAST(1.10 AS DECIMAL(10, 2)))), (3, JSON_OBJECT('b', x'00FF'))",
	}, Want: Verdicts{ToMariaDB: "equal json_becomes_text", MySQL: "refused json_typed_values"}},
	{Name: "JSON with defaults, keys and checks", SQL: []string{
		"CREATE TABLE js (id INT PRIMARY KEY, j JSON NOT NULL, s VARCHAR(20) AS (JSON_UNQUOTE(JSON_EXTRACT(j, '$.s'))) STORED, KEY (s))", `INSERT INTO js (id, j) VALUES (1, '{"s": "a"}'), (2, '{"s": "ä"}')`,
	}, Want: Verdicts{ToMariaDB: "equal json_becomes_text"}, Pipe: Verdicts{ToMySQL: "refused generated_column", ToMariaDB: "refused generated_column"}},
	{Name: "multi-valued key over JSON", Without: "mariadb", SQL: []string{
		"CREATE TABLE mv (id INT PRIMARY KEY, j JSON, KEY z ((CAST(j->'$.zip' AS UNSIGNED ARRAY))))", `INSERT INTO mv VALUES (1, '{"zip": [1, 2]}')`,
	}, Want: Verdicts{ToMariaDB: "refused definition_not_on_target,definition_refused"}},
	{Name: "17 UUID and INET6", Without: "mysql", SQL: []string{
		"CREATE TABLE uu (id INT PRIMARY KEY, u UUID, ip INET6, v INET4)", "INSERT INTO uu VALUES (1, '123e4567-e89b-12d3-a456-426655440000', '::1', '10.0.0.1'), (2, NULL, NULL, NULL)",
	}, Want: Verdicts{ToMySQL: "refused definition_refused,type_not_on_target"}},
	{Name: "17 UUID as the key", Without: "mysql", SQL: []string{
		"CREATE TABLE uu (u UUID PRIMARY KEY DEFAULT UUID(), v INT)", "INSERT INTO uu (v) VALUES (1), (2), (3)",
	}, Want: Verdicts{ToMySQL: "refused definition_refused,type_not_on_target"}},
	{Name: "vectors", Without: "mariadb", SQL: []string{
		"CREATE TABLE vc (id INT PRIMARY KEY, v VECTOR(3))", "INSERT INTO vc VALUES (1, TO_VECTOR('[1,2,3]')), (2, TO_VECTOR('[-0.1,3.4,1e-5]'))",
	}, Want: Verdicts{ToMariaDB: "refused definition_refused,function_not_on_target,type_not_on_target"}},
	{Name: "vectors without a number", Without: "mariadb", SQL: []string{
		"CREATE TABLE vc (id INT PRIMARY KEY)", "INSERT INTO vc VALUES (1)", "ALTER TABLE vc ADD v VECTOR(3) NOT NULL",
	}, Want: Verdicts{ToMariaDB: "refused definition_refused,function_not_on_target,type_not_on_target,vector_empty", MySQL: "refused vector_empty"}},
}

var indexes = []Case{
	{Name: "26 FULLTEXT keys", SQL: []string{
		"CREATE TABLE ft (id INT PRIMARY KEY, a TEXT, b TEXT, FULLTEXT (a), FULLTEXT both_ (a, b))", "INSERT INTO ft VALUES (1, 'the quick brown fox', 'x'), (2, NULL, '')",
	}},
	{Name: "26 FULLTEXT with the ngram parser", Without: "mariadb", SQL: []string{
		"CREATE TABLE ft (id INT PRIMARY KEY, a TEXT, b TEXT, FULLTEXT (a), FULLTEXT (b) WITH PARSER ngram)", "INSERT INTO ft VALUES (1, 'a', '漢字かな')",
	}, Want: Verdicts{ToMariaDB: "refused definition_refused,fulltext_parser_not_on_target"}},
	{Name: "28 comments that look like SQL", SQL: []string{
		"CREATE TABLE cm (id INT PRIMARY KEY, a INT COMMENT 'AUTO_INCREMENT (`a`) ENGINE=MyISAM,\\n  KEY', KEY (a) COMMENT 'x\\'') COMMENT='VIEW; -- x\\n)'", "INSERT INTO cm VALUES (1, 1)",
	}},
	{Name: "29 functional, descending, prefix and invisible keys", Without: "mariadb", SQL: []string{
		"CREATE TABLE fx (id INT PRIMARY KEY, s VARCHAR(20), KEY k ((LOWER(s)) DESC), KEY p (s(3)), CHECK (id <> 5), KEY hid (s) INVISIBLE)", "INSERT INTO fx VALUES (1, 'X')",
	}, Want: Verdicts{ToMariaDB: "refused definition_not_on_target,definition_refused"}},
	{Name: "29 ignored key", Without: "mysql", SQL: []string{
		"CREATE TABLE ig (id INT PRIMARY KEY, s VARCHAR(20), KEY k (s) IGNORED)", "INSERT INTO ig VALUES (1, 'X')",
	}},
	{Name: "30 partitions by range of a date", SQL: []string{
		"CREATE TABLE pt (id INT, d DATE, PRIMARY KEY (id, d), UNIQUE (d, id)) PARTITION BY RANGE COLUMNS (d) (PARTITION p0 VALUES LESS THAN ('2024-01-01'), PARTITION p1 VALUES LESS THAN (MAXVALUE))", "INSERT INTO pt VALUES (1, '2023-01-01'), (1, '2025-01-01')",
	}},
	{Name: "30 partitions of every kind", SQL: []string{
		"CREATE TABLE h (id INT PRIMARY KEY, v INT, KEY (v)) PARTITION BY HASH (id) PARTITIONS 3", "INSERT INTO h VALUES (1, 1), (2, 2), (3, 3)",
		"CREATE TABLE k (id INT PRIMARY KEY) PARTITION BY KEY (id) PARTITIONS 2", "INSERT INTO k VALUES (1), (2)",
		"CREATE TABLE l (id INT, c INT) PARTITION BY LIST (c) (PARTITION a VALUES IN (1, 2) COMMENT = 'x', PARTITION b VALUES IN (NULL, 3))", "INSERT INTO l VALUES (1, 1), (2, NULL)",
		"CREATE TABLE s (id INT, d DATE) PARTITION BY RANGE (YEAR(d)) SUBPARTITION BY HASH (TO_DAYS(d)) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE)", "INSERT INTO s VALUES (1, '1999-01-01'), (2, '2024-01-01')",
	}},
	{Name: "spatial and other keys together, several of a kind", SQL: []string{
		"CREATE TABLE m (id INT PRIMARY KEY, g POINT NOT NULL, h POINT NOT NULL, a TEXT, b TEXT, c INT, SPATIAL KEY sg (g), SPATIAL KEY sh (h), FULLTEXT fa (a), FULLTEXT fb (b), KEY c1 (c), KEY c2 (c), UNIQUE u (c, id))", "INSERT INTO m VALUES (1, ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('POINT(3 4)'), 'x', 'y', 1)",
	}},
	{Name: "64 keys on one table", SQL: []string{"CREATE TABLE many (id INT PRIMARY KEY, " + manyKeys(63) + ")", "INSERT INTO many (id) VALUES (1)"}},
}
