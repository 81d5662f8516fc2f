package cases

import (
	"fmt"
	"strings"
)

var storage = []Case{
	{Name: "41 MyISAM", SQL: []string{"CREATE TABLE mi (id INT PRIMARY KEY, t TEXT, FULLTEXT (t)) ENGINE=MyISAM ROW_FORMAT=DYNAMIC", "INSERT INTO mi VALUES (1, 'x')"}},
	{Name: "other engines", SQL: []string{"CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MEMORY", "INSERT INTO m VALUES (1)", "CREATE TABLE c (id INT NOT NULL, v VARCHAR(9) NOT NULL) ENGINE=CSV", "INSERT INTO c VALUES (1, 'a,\"b')"}},
	{Name: "ARCHIVE", Without: "mariadb", SQL: []string{"CREATE TABLE a (id INT) ENGINE=ARCHIVE", "INSERT INTO a VALUES (1)"}, Want: Verdicts{ToMariaDB: "refused engine_not_on_target"}},
	{Name: "Aria", Without: "mysql", SQL: []string{"CREATE TABLE a (id INT PRIMARY KEY) ENGINE=Aria", "INSERT INTO a VALUES (1)"}, Want: Verdicts{ToMySQL: "refused definition_not_on_target,definition_refused,engine_not_on_target"}},
	{Name: "engines without rows of their own", SQL: []string{"CREATE TABLE b (id INT) ENGINE=BLACKHOLE"}, Without: "mariadb", Want: Verdicts{ToMariaDB: "refused engine_not_on_target"}},
	{Name: "merge tables", SQL: []string{"CREATE TABLE a (id INT) ENGINE=MyISAM", "CREATE TABLE b (id INT) ENGINE=MERGE UNION=(a) INSERT_METHOD=LAST"}, Want: everywhere("refused engine_not_supported")},
	{Name: "options of tables", SQL: []string{
		"CREATE TABLE o (id INT PRIMARY KEY, t TEXT) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8 COMMENT='it''s' STATS_PERSISTENT=1 STATS_AUTO_RECALC=0 STATS_SAMPLE_PAGES=10", "CREATE TABLE r (id INT PRIMARY KEY) ROW_FORMAT=REDUNDANT MAX_ROWS=1000 MIN_ROWS=10 AVG_ROW_LENGTH=50",
	}},
	{Name: "options that no server knows", Without: "mysql", SQL: []string{"SET sql_mode = 'IGNORE_BAD_TABLE_OPTIONS'", "CREATE TABLE b (id INT PRIMARY KEY color='red') foo='bar'"},
		Want: Verdicts{MariaDB: "refused unknown_options", ToMySQL: "refused definition_not_on_target,unknown_options"}},
	{Name: "tablespaces", Without: "mariadb", SQL: []string{"CREATE TABLE b (id INT PRIMARY KEY) TABLESPACE=innodb_system", "CREATE TABLE f (id INT PRIMARY KEY) TABLESPACE=innodb_file_per_table"}, Want: Verdicts{ToMariaDB: "refused definition_not_on_target"}},
	{Name: "a connection that nothing uses", SQL: []string{"CREATE TABLE c (id INT PRIMARY KEY) CONNECTION='abc'", "INSERT INTO c VALUES (1)"}},
	{Name: "compressed columns", Without: "mysql", SQL: []string{"CREATE TABLE c (id INT PRIMARY KEY, t TEXT COMPRESSED)", "INSERT INTO c VALUES (1, REPEAT('x', 9999))"}, Want: Verdicts{ToMySQL: "refused definition_not_on_target,definition_refused"}},
}

var sizes = []Case{
	{Name: "42 a table of 1017 columns", SQL: []string{"CREATE TABLE wide (" + wide(1017) + ", PRIMARY KEY (c1))", "INSERT INTO wide (c1, c1017) VALUES (1, 2)"}},
	{Name: "42 a row of 60 MB", Long: true, Source: map[string]string{"max_allowed_packet": "256M"}, Target: map[string]string{"max_allowed_packet": "256M"}, SQL: []string{
		"CREATE TABLE huge (id INT PRIMARY KEY, b LONGBLOB, t LONGTEXT)", "INSERT INTO huge VALUES (1, REPEAT(x'00', 30000000), REPEAT('ä', 15000000)), (2, NULL, 'x')",
	}},
	{Name: "42 a row that the target does not accept", SQL: []string{"CREATE TABLE big (id INT PRIMARY KEY, b LONGBLOB)", "INSERT INTO big VALUES (1, REPEAT(x'00', 3000000))"},
		Target: map[string]string{"max_allowed_packet": "2M"}, Want: everywhere("refused row_too_large")},
	{Name: "42 ten thousand empty tables", Long: true, SQL: tables(10000)},
	{Name: "42 thirty tables", SQL: tables(30)},
	{Name: "42 nothing at all"},
}

func wide(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("c%d INT", i+1)
	}
	return strings.Join(list, ", ")
}

func tables(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("CREATE TABLE t%d (id INT PRIMARY KEY)", i)
	}
	return list
}
