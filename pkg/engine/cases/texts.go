package cases

var texts = []Case{
	{Name: "02 four-byte characters", SQL: []string{
		"CREATE TABLE e (id INT PRIMARY KEY, s VARCHAR(9)) CHARSET utf8mb4 COLLATE utf8mb4_unicode_ci", "INSERT INTO e VALUES (1, UNHEX('F09F9880'))",
	}},
	{Name: "20 gbk with a backslash as second byte", SQL: []string{
		"CREATE TABLE gb (id INT PRIMARY KEY, s VARCHAR(9) CHARSET gbk, b BLOB)", "INSERT INTO gb VALUES (1, UNHEX('EE5C'), UNHEX('EE00')), (2, UNHEX('815C'), x'5C27')",
	}},
	{Name: "20 sjis, cp932, big5, ujis, euckr", SQL: []string{
		"CREATE TABLE s (id INT PRIMARY KEY, a VARCHAR(9) CHARSET sjis, b VARCHAR(9) CHARSET cp932, c VARCHAR(9) CHARSET big5, d VARCHAR(9) CHARSET ujis, e VARCHAR(9) CHARSET euckr)",
		"INSERT INTO s VALUES (1, x'835C', x'835C', x'A55C', x'A5BD', x'B0A1')",
	}},
	{Name: "21 latin1 and text that was encoded twice", SQL: []string{
		"CREATE TABLE l1 (id INT PRIMARY KEY, s VARCHAR(9) CHARSET latin1)", "INSERT INTO l1 VALUES (1, UNHEX('E9FF81')), (2, UNHEX('C3A4')), (3, UNHEX('808D8F909D'))",
		"CREATE TABLE twice (id INT PRIMARY KEY, s VARCHAR(20))", "INSERT INTO twice VALUES (1, CONVERT(CONVERT(CONVERT('ä😀' USING utf8mb4) USING binary) USING latin1))",
	}},
	{Name: "wide characters", SQL: []string{
		"CREATE TABLE w (id INT PRIMARY KEY, a VARCHAR(9) CHARSET utf16, b VARCHAR(9) CHARSET ucs2, c VARCHAR(9) CHARSET utf32, d CHAR(9) CHARSET utf16, e ENUM('ä', 'ö') CHARSET utf16)",
		"INSERT INTO w VALUES (1, 'a\\\\\\t\\n', 'ä', '😀', 'x', 'ö')",
	}},
	{Name: "characters that Unicode does not have", SQL: []string{
		"CREATE TABLE c (id INT PRIMARY KEY, g VARCHAR(9) CHARSET gbk, j VARCHAR(9) CHARSET cp932)", "INSERT INTO c VALUES (1, x'AAA1', x'ED40')",
	}, Pipe: everywhere("refused text_inexact")},
	{Name: "halves of UTF-16 pairs in UTF-8", Without: "mysql", SQL: []string{
		"CREATE TABLE x (id INT PRIMARY KEY, a TEXT CHARACTER SET utf8mb4, b VARCHAR(9) CHARACTER SET utf8mb3)", "INSERT INTO x VALUES (1, _utf8mb4 x'EDA080', _utf8mb3 x'EDBFBF')",
	}, Want: Verdicts{ToMySQL: "refused surrogates"}},
	{Name: "halves of UTF-16 pairs in UCS-2", SQL: []string{
		"CREATE TABLE x (id INT PRIMARY KEY, a TEXT CHARACTER SET ucs2)", "INSERT INTO x VALUES (1, _ucs2 x'D800'), (2, _ucs2 x'0041DFFF')",
	}, Pipe: Verdicts{ToMySQL: "refused surrogates", ToMariaDB: "refused text_inexact", MySQL: "refused text_inexact"}},
	{Name: "every byte below a space, quotes and comments in text", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, s TEXT)",
		"INSERT INTO t VALUES (1, CONCAT(CHAR(0), CHAR(1), CHAR(8), CHAR(9), CHAR(10), CHAR(13), CHAR(26), CHAR(27), CHAR(127))), (2, '\\\\N'), (3, 'NULL'), (4, ''), (5, NULL), (6, ' '), (7, 'a\\r\\nb')",
		"INSERT INTO t VALUES (8, '\\';-- x'), (9, '/*!50000 DROP TABLE t */'), (10, '),(11,''x'), (12, '\\\\'), (13, '\\\\\\''), (14, '$$;;//'), (15, '\\\\! touch x'), (16, 'DELIMITER ;;\\n\\nUSE mysql;\\n')",
	}},
	{Name: "trailing spaces and padding", SQL: []string{
		"CREATE TABLE p (id INT PRIMARY KEY, a VARCHAR(9), b CHAR(9), c VARBINARY(9), d BINARY(9))", "INSERT INTO p VALUES (1, 'a  ', 'a  ', 'a  ', 'a  '), (2, ' ', ' ', x'00', x'00')",
	}},
	{Name: "letters that are equal but not the same", SQL: []string{
		"CREATE TABLE c (k VARCHAR(20) CHARSET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY)", "INSERT INTO c VALUES ('ss'), ('ß'), ('\u00e9'), ('e\u0301'), ('a'), ('A'), (''), ('\U0001F468\u200D\U0001F469')",
	}},
	{Name: "three-byte utf8", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) CHARSET utf8mb3 COLLATE utf8mb3_unicode_ci", "INSERT INTO t VALUES (1, 'ä漢')",
	}},
	{Name: "character sets that differ between columns, table and database", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), b VARCHAR(9) CHARSET latin1, c VARCHAR(9) COLLATE utf8mb4_bin, d VARCHAR(9) CHARSET ascii, e VARCHAR(9) CHARSET binary, f TEXT CHARSET cp1251 COLLATE cp1251_bin) CHARSET latin2 COLLATE latin2_croatian_ci",
		"INSERT INTO t VALUES (1, 'č', 'é', '漢', 'x', x'FF', 'ж')",
	}},
}

var bytes = []Case{
	{Name: "07 binary keys", SQL: []string{
		"CREATE TABLE bk (k BINARY(16) PRIMARY KEY)", "INSERT INTO bk VALUES (UNHEX('00')), (UNHEX('5C27FF00'))",
		"CREATE TABLE vk (k VARBINARY(16) PRIMARY KEY)", "INSERT INTO vk VALUES (''), (x'00'), (x'0000'), (x'FF'), (x'5C'), (x'27')",
	}},
	{Name: "18 bits", SQL: []string{
		"CREATE TABLE bt (id INT PRIMARY KEY, a BIT(1), b BIT(17), c BIT(64), d BIT(9) DEFAULT b'101')", "INSERT INTO bt (id, a, b, c) VALUES (1, b'0', b'10000000000000001', ~0), (2, 1, 0, 0), (3, NULL, NULL, 9223372036854775808)",
	}},
	{Name: "19 blobs of every hard byte", SQL: []string{
		"CREATE TABLE bl (id INT PRIMARY KEY, b LONGBLOB)",
		"INSERT INTO bl VALUES (1, UNHEX('00010A0D095C271A22')), (2, ''), (3, NULL), (4, '\\\\N'), (5, 'NULL'), (6, REPEAT(UNHEX('5C00'), 500000))",
		"CREATE TABLE every (id INT PRIMARY KEY, b BLOB)", "INSERT INTO every WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 255) SELECT i, UNHEX(LPAD(HEX(i), 2, '0')) FROM n",
	}, Without: ""},
	{Name: "19 blob of 40 MB", Long: true, Source: map[string]string{"max_allowed_packet": "256M"}, Target: map[string]string{"max_allowed_packet": "256M"}, SQL: []string{
		"CREATE TABLE bl (id INT PRIMARY KEY, b LONGBLOB)", "INSERT INTO bl VALUES (6, REPEAT(UNHEX('5C00'), 20000000))",
	}},
	{Name: "25 geometry", SQL: []string{
		"CREATE TABLE ge (id INT PRIMARY KEY, g GEOMETRY NOT NULL, p POINT, l LINESTRING, y POLYGON, SPATIAL KEY (g))",
		"INSERT INTO ge VALUES (1, ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('POINT(-0.1 1e300)'), ST_GeomFromText('LINESTRING(0 0,1 1)'), ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))')), (2, ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))'), NULL, NULL, NULL)",
	}},
	{Name: "25 geometry in a place on earth", SQL: []string{"CREATE TABLE ge (id INT PRIMARY KEY, g GEOMETRY)"},
		MariaDB: []string{"INSERT INTO ge VALUES (1, ST_GeomFromText('POINT(10 20)', 4326))"}, MySQL: []string{"INSERT INTO ge VALUES (1, ST_GeomFromText('POINT(10 20)', 4326))"}},
	{Name: "25 SRID of a column", Without: "mariadb", SQL: []string{
		"CREATE TABLE ge (id INT PRIMARY KEY, g POINT NOT NULL SRID 4326, SPATIAL KEY (g))", "INSERT INTO ge VALUES (1, ST_GeomFromText('POINT(10 20)', 4326))",
	}, Want: Verdicts{ToMariaDB: "equal srid_not_enforced"}},
	{Name: "binary in text columns of every size", SQL: []string{
		"CREATE TABLE t (id INT PRIMARY KEY, a TINYTEXT, b MEDIUMTEXT, c LONGTEXT, d TINYBLOB, e MEDIUMBLOB, f VARBINARY(100))",
		"INSERT INTO t VALUES (1, '', REPEAT('ä', 9999), REPEAT('\\n', 9999), x'00', REPEAT(x'00', 9999), REPEAT(x'27', 100))",
	}},
}
