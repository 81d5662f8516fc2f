package cases

var flavours = []Case{
	{Name: "a column's check that speaks of another", Without: "mysql", SQL: []string{
		"CREATE TABLE c (a INT DEFAULT (1 + 1) COMMENT 'CHECK (a)' CHECK (a < b), b INT CHECK (b > 0), KEY (b), CHECK (a <> 7))", "INSERT INTO c VALUES (1, 2), (NULL, 3)",
	}},
	{Name: "43 sequence", Without: "mysql", SQL: []string{"CREATE SEQUENCE sq START 5 CACHE 1000", "DO NEXTVAL(sq)"}, Want: Verdicts{MariaDB: "refused object_not_supported", ToMySQL: "refused object_not_supported"}},
	{Name: "43 system-versioned table", Without: "mysql", SQL: []string{"CREATE TABLE sv (id INT PRIMARY KEY) WITH SYSTEM VERSIONING", "INSERT INTO sv VALUES (1)", "DELETE FROM sv"}, Want: Verdicts{MariaDB: "refused system_versioned", ToMySQL: "refused definition_refused,system_versioned"}},
	{Name: "periods", Without: "mysql", SQL: []string{"CREATE TABLE ap (id INT, d1 DATE, d2 DATE, PERIOD FOR pt (d1, d2), UNIQUE (id, pt WITHOUT OVERLAPS))", "INSERT INTO ap VALUES (1, '2024-01-01', '2024-02-01')"}, Want: Verdicts{ToMySQL: "refused definition_refused"}},
	{Name: "MySQL's default collation", Without: "mariadb", SQL: []string{"CREATE TABLE c (id INT PRIMARY KEY, s VARCHAR(9)) COLLATE utf8mb4_0900_ai_ci", "INSERT INTO c VALUES (1, 'x')"}, Want: Verdicts{ToMariaDB: "equal collation_mapped"}},
	{Name: "MySQL's default collation of the database", Without: "mariadb", SQL: []string{"ALTER DATABASE `{db}` COLLATE utf8mb4_0900_ai_ci"}, Want: Verdicts{ToMariaDB: "equal database_collation_mapped"}},
	{Name: "MariaDB's newest collation", Without: "mysql", SQL: []string{"CREATE TABLE c (id INT PRIMARY KEY, s VARCHAR(9)) COLLATE utf8mb4_uca1400_ai_ci", "INSERT INTO c VALUES (1, 'x')"}, Want: Verdicts{ToMySQL: "equal collation_mapped"}},
	{Name: "MariaDB's modes in programs", Without: "mysql", SQL: []string{"SET sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER'", "CREATE PROCEDURE p() SELECT 1"}},
	{Name: "a target that insists on primary keys", Without: "mariadb", SQL: []string{"CREATE TABLE k (a INT)", "INSERT INTO k VALUES (1)"}, Target: map[string]string{"sql_require_primary_key": "ON"}, NotTo: "mariadb"},
	{Name: "servers without autocommit", SQL: []string{"CREATE TABLE k (a INT)", "INSERT INTO k VALUES (1)", "COMMIT", "CREATE VIEW v AS SELECT a FROM k"}, Source: map[string]string{"autocommit": "0"}, Target: map[string]string{"autocommit": "0"}},
	{Name: "a target that is read-only", SQL: []string{"CREATE TABLE k (a INT)"}, Target: map[string]string{"read_only": "ON"}, Want: everywhere("refused target_read_only")},
	{Name: "generated column that is NOT NULL", Without: "mariadb", SQL: []string{"CREATE TABLE g (id INT PRIMARY KEY, n INT AS (id + 1) STORED NOT NULL)", "INSERT INTO g (id) VALUES (1)"}, Want: Verdicts{ToMariaDB: "refused definition_refused"}, Pipe: Verdicts{ToMariaDB: "refused definition_refused,generated_column"}},
}
