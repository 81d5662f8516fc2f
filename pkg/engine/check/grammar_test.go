package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestDefinitionsThatMariaDBDoesNotUnderstandAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(
		"CREATE TABLE t (id INT PRIMARY KEY, g INT AS (id + 1) STORED NOT NULL)",
		"CREATE TABLE words (id INT PRIMARY KEY, w TEXT, FULLTEXT KEY (w) WITH PARSER ngram)",
		"CREATE TABLE good (id INT PRIMARY KEY, g INT AS (id + 1) STORED)",
		"CREATE VIEW v AS SELECT CAST('1' AS JSON) AS j",
		"CREATE FUNCTION f() RETURNS BINARY(16) DETERMINISTIC RETURN UUID_TO_BIN('6ccd780c-baba-1026-9564-5b8c656024db')",
		"CREATE FUNCTION mine() RETURNS INT DETERMINISTIC RETURN 1",
		"CREATE PROCEDURE p() SELECT mine() FROM good FOR UPDATE OF good")
	s.red(engine.Block, "definition_refused",
		"table t (near 'NOT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLAT...' at line 3)",
		"table words (Function 'ngram' is not defined)",
		"procedure p (near 'OF good' at line 2)", "view v (near 'json) AS `j`' at line 1)")
	s.red(engine.Block, "function_not_on_target", "function f: uuid_to_bin()")
	s.spec.Tables = []string{"good"}
	s.green("definition_refused")
	s.green("function_not_on_target")
}

func TestDefinitionsThatMySQLDoesNotUnderstandAreRefusedAndLeaveNothing(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource(
		"CREATE TABLE t (id INT PRIMARY KEY, a DATE, b DATE, PERIOD FOR p (a, b))",
		"CREATE TABLE g (id INT PRIMARY KEY, s VARCHAR(64) AS (SHA2(id, 256)) STORED, n VARCHAR(40) AS (NATURAL_SORT_KEY(id)) VIRTUAL)",
		"CREATE VIEW v AS SELECT JSON_DETAILED('1') AS j",
		"CREATE PROCEDURE p() FOR i IN 1..3 DO SELECT i; END FOR",
		"CREATE PROCEDURE r() INSERT INTO g (id) VALUES (1) RETURNING id",
		"CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN FOR i IN 1..3 DO DELETE FROM g; END FOR; END",
		"CREATE TRIGGER tr BEFORE INSERT ON g FOR EACH ROW BEGIN DELETE FROM t WHERE id = 1; FOR i IN 1..3 DO DELETE FROM g; END FOR; END")
	s.spec.TargetDatabase += "_new"
	findings := s.preflight()
	require.Len(t, objects(findings, "definition_refused"), 6)
	require.Equal(t, []string{"table g: natural_sort_key()", "view v: json_detailed()"}, objects(findings, "function_not_on_target"))
	var schemas int
	require.NoError(t, s.target.QueryRow("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", s.spec.TargetDatabase).Scan(&schemas))
	require.Zero(t, schemas)
}
