package engine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/compare"
	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// equal asserts that the judge finds no difference between source and target.
func (c *copying) equal(t *testing.T) {
	t.Helper()
	objects, err := compare.Databases(t.Context(), compare.Side{DB: c.source.db, Database: c.spec.SourceDatabase}, compare.Side{DB: c.target.db, Database: c.spec.TargetDatabase})
	require.NoError(t, err)
	require.NotEmpty(t, objects)
	require.Empty(t, compare.Different(objects))
}

func TestCopy_MySQLArrivesOnMariaDB(t *testing.T) {
	t.Parallel()
	for _, executor := range []engine.Executor{engine.ExecutorNative, engine.ExecutorPipe} {
		t.Run(string(executor), func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, testkit.MySQL(t), testkit.MariaDB(t),
				"CREATE TABLE words (w VARCHAR(20), n INT, PRIMARY KEY (w, n), UNIQUE u (n, w), KEY d (n DESC), KEY hidden (n) INVISIBLE)",
				"INSERT INTO words VALUES ('a', 1), ('é', 2), ('z', 3), ('a ', 1), ('😀', 4), ('😁', 4)",
				"CREATE TABLE cased (w VARCHAR(20) COLLATE utf8mb4_0900_as_cs PRIMARY KEY, b VARCHAR(9) COLLATE utf8mb4_0900_bin UNIQUE)",
				"INSERT INTO cased VALUES ('a', 'a'), ('A', 'a '), ('ä', 'A')",
				"CREATE TABLE mixed (id INT PRIMARY KEY, hidden INT INVISIBLE DEFAULT 7, doc JSON, g INT AS (doc->'$.a') VIRTUAL, s VARCHAR(20) AS (CONCAT(_utf8mb4'x', id)) STORED, u VARCHAR(36) DEFAULT (UUID()), t TEXT DEFAULT ('x'), p GEOMETRYCOLLECTION, CONSTRAINT positive CHECK (id > 0))",
				`INSERT INTO mixed (id, hidden, doc, p) VALUES (1, 42, '{"a": 5, "b": "\\t\\u0001"}', ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2))')), (2, 1, NULL, NULL)`,
				"SET SESSION sql_generate_invisible_primary_key = 1", "CREATE TABLE keyless (a INT)", "INSERT INTO keyless VALUES (5), (5)",
				"CREATE TABLE parts (id INT, d DATE, PRIMARY KEY (id, d)) PARTITION BY RANGE COLUMNS (d) (PARTITION p0 VALUES LESS THAN ('2024-01-01'), PARTITION p1 VALUES LESS THAN (MAXVALUE))",
				"INSERT INTO parts VALUES (1, '2023-01-01'), (1, '2025-01-01')",
				"CREATE FUNCTION f(s VARCHAR(20)) RETURNS VARCHAR(20) DETERMINISTIC RETURN s COLLATE utf8mb4_0900_as_ci",
				"CREATE VIEW v AS SELECT w COLLATE utf8mb4_0900_as_cs AS w FROM words WHERE w > 'b'",
				"CREATE TRIGGER r BEFORE INSERT ON words FOR EACH ROW SET NEW.w = NEW.w COLLATE utf8mb4_0900_ai_ci",
			)
			c.spec.Executor = executor
			allowLocal(t, c.target)
			plan := c.plan(t)
			require.Equal(t, map[string]string{
				"utf8mb4_0900_ai_ci": "utf8mb4_uca1400_nopad_ai_ci", "utf8mb4_0900_as_ci": "utf8mb4_uca1400_nopad_as_ci",
				"utf8mb4_0900_as_cs": "utf8mb4_uca1400_nopad_as_cs", "utf8mb4_0900_bin": "utf8mb4_nopad_bin",
			}, plan.Collations)
			_, err := c.run(t, engine.Hooks{})
			require.NoError(t, err)
			c.equal(t)
			c.gone(t)
		})
	}
}

func TestCopy_MariaDBArrivesOnMySQL(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.MySQL(t),
		"ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci",
		"CREATE TABLE words (w VARCHAR(20), n INT, PRIMARY KEY (w, n), KEY d (n DESC), KEY hidden (n) IGNORED)",
		"INSERT INTO words VALUES ('a', 1), ('é', 2), ('z', 3), ('😀', 4), ('😁', 4)",
		"CREATE TABLE cased (w VARCHAR(20) COLLATE utf8mb4_uca1400_nopad_as_cs PRIMARY KEY, b VARCHAR(9) COLLATE utf8mb4_nopad_bin UNIQUE)",
		"INSERT INTO cased VALUES ('a', 'a'), ('A', 'a '), ('ä', 'A')",
		"CREATE TABLE mixed (id INT PRIMARY KEY CHECK (id > 0), hidden INT INVISIBLE DEFAULT 7, doc JSON, s VARCHAR(20) AS (CONCAT('x', id)) STORED, u VARCHAR(36) DEFAULT UUID(), c TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, CHECK (id < 100))",
		`INSERT INTO mixed (id, hidden, doc) VALUES (1, 42, '{"a":5 }'), (2, 1, NULL)`,
		"CREATE TABLE checked (id INT PRIMARY KEY, CHECK (id < 100))", // named as the other's by MariaDB
		"INSERT INTO checked VALUES (5)",
		"CREATE FUNCTION f(s VARCHAR(20)) RETURNS VARCHAR(20) DETERMINISTIC RETURN s COLLATE utf8mb4_uca1400_as_ci",
		"CREATE VIEW v AS SELECT w COLLATE utf8mb4_uca1400_nopad_as_cs AS w FROM words WHERE w > 'b'",
		"CREATE TRIGGER r BEFORE INSERT ON words FOR EACH ROW SET NEW.n = 1",
	)
	allowLocal(t, c.target)
	_, err := c.run(t, engine.Hooks{})
	require.NoError(t, err)
	c.equal(t)
	c.gone(t)
}

func TestCopy_ValuesThatBecomeEqualStopTheCopy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		table, key string
		executor   engine.Executor
	}{
		"primary key":           {"CREATE TABLE t (w VARCHAR(9) COLLATE utf8mb4_general_nopad_ci PRIMARY KEY)", "PRIMARY", engine.ExecutorNative},
		"deferred key":          {"CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, w VARCHAR(9) COLLATE utf8mb4_general_nopad_ci, UNIQUE words (w))", "words", engine.ExecutorNative},
		"primary key by pipe":   {"CREATE TABLE t (w VARCHAR(9) COLLATE utf8mb4_general_nopad_ci PRIMARY KEY)", "PRIMARY", engine.ExecutorPipe},
		"beside a key that can": {"CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, w VARCHAR(9) COLLATE utf8mb4_general_nopad_ci, UNIQUE (id), UNIQUE words (w))", "words", engine.ExecutorPipe},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, testkit.MariaDB(t), testkit.MySQL(t), test.table, "INSERT INTO t (w) VALUES ('secret'), ('secret ')")
			c.spec.Executor = test.executor
			allowLocal(t, c.target)
			_, err := c.run(t, engine.Hooks{})
			require.True(t, fault.Is(err, "collation_duplicates"), "%v", err)
			assert.ErrorContains(t, err, "table t")
			assert.ErrorContains(t, err, test.key)
			assert.NotContains(t, fault.As(err).Message, "secret")
			c.gone(t)
		})
	}
}

func TestCopy_MappingThatThePlanDoesNotSayIsRefused(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MySQL(t), testkit.MariaDB(t), "CREATE TABLE t (w VARCHAR(9)) COLLATE utf8mb4_bin", "CREATE VIEW v AS SELECT 1 AS x")
	plan := c.plan(t)
	db := c.source.DB(c.spec.SourceDatabase)
	defer db.Close()
	testkit.Exec(t, db, "ALTER TABLE t MODIFY w VARCHAR(9) COLLATE utf8mb4_0900_as_cs")
	_, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
	require.True(t, fault.Is(err, "approval_stale"), "%v", err)
	require.ErrorContains(t, err, "utf8mb4_0900_as_cs")
	c.gone(t)
}

func TestCopy_LongTableWithAnotherOrderOfItsKeyIsCompared(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MySQL(t), testkit.MariaDB(t),
		"CREATE TABLE t (w VARCHAR(80) COLLATE utf8mb4_0900_as_cs PRIMARY KEY, pad VARCHAR(200))",
		"SET SESSION cte_max_recursion_depth = 20000",
		"INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) SELECT CONCAT(ELT(1 + i % 4, 'é', 'E', 'ß', '—'), SHA2(i, 256)), REPEAT('x', 160) FROM n",
		"ANALYZE TABLE t")
	allowLocal(t, c.target)
	c.spec.Executor = engine.ExecutorNative
	_, err := c.run(t, engine.Hooks{})
	require.NoError(t, err)
	c.equal(t)
}

func TestCopy_GeneratedColumnThatTheTargetComputesDifferentlyIsNoticed(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MySQL(t), testkit.MariaDB(t),
		"CREATE TABLE t (weight VARCHAR(99) AS (HEX(WEIGHT_STRING(w))) VIRTUAL, id INT PRIMARY KEY, w VARCHAR(9), doubled INT AS (id * 2) STORED)",
		"INSERT INTO t (id, w) VALUES (1, NULL)")
	_, err := c.run(t, engine.Hooks{})
	require.NoError(t, err)

	db := c.source.DB(c.spec.SourceDatabase)
	defer db.Close()
	testkit.Exec(t, db, "INSERT INTO t (id, w) VALUES (2, 'a')")
	c.names, c.spec.IfExists = engine.NewNames(2), engine.Replace
	_, err = c.run(t, engine.Hooks{})
	require.True(t, fault.Is(err, engine.ComputedDifferently), "%v", err)
	c.gone(t)
}

func TestCopy_RowsThatLoseTheirParentByAnotherCollationStopTheCopy(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.MySQL(t), // the source does not tell 'a' and 'a ' apart
		"CREATE TABLE p (w VARCHAR(9) PRIMARY KEY) COLLATE utf8mb4_uca1400_ai_ci", "INSERT INTO p VALUES ('a')",
		"CREATE TABLE c (w VARCHAR(9), FOREIGN KEY (w) REFERENCES p (w)) COLLATE utf8mb4_uca1400_ai_ci", "INSERT INTO c VALUES ('A')")
	_, err := c.run(t, engine.Hooks{})
	require.NoError(t, err)
	c.equal(t)

	db := c.source.DB(c.spec.SourceDatabase)
	defer db.Close()
	testkit.Exec(t, db, "INSERT INTO c VALUES ('a ')")
	c.names, c.spec.IfExists = engine.NewNames(2), engine.Replace
	_, err = c.run(t, engine.Hooks{})
	require.True(t, fault.Is(err, "foreign_key_orphans"), "%v", err)
	require.ErrorContains(t, err, "table c")
	c.gone(t)
}

func TestCopy_ProgramsCompareTextsAsOnTheSource(t *testing.T) {
	t.Parallel()
	other, err := localdb.Start(t.Context(), localdb.Options{Flavour: localdb.MySQL})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Kill()) })
	testkit.Exec(t, other.DB(""), "SET GLOBAL default_collation_for_utf8mb4 = utf8mb4_general_ci") // what programs of no collation take
	for name, pair := range map[string][2]*localdb.Server{
		"MariaDB to MySQL": {testkit.MariaDB(t), testkit.MySQL(t)}, "MySQL to MariaDB": {testkit.MySQL(t), testkit.MariaDB(t)},
		"MySQL from another default": {other, testkit.MySQL(t)}, "to MariaDB from another default": {other, testkit.MariaDB(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1],
				"CREATE FUNCTION declares() RETURNS INT DETERMINISTIC BEGIN DECLARE s VARCHAR(9) CHARACTER SET utf8mb4 DEFAULT 'a'; RETURN s = 'a '; END",
				"CREATE FUNCTION takes(s VARCHAR(9) CHARSET utf8mb4) RETURNS INT DETERMINISTIC RETURN s = 'a '")
			_, err := c.run(t, engine.Hooks{})
			require.NoError(t, err)
			const asked = "SELECT %[1]s.declares(), %[1]s.takes('a')"
			assert.Equal(t, query(t, c.source.db, fmt.Sprintf(asked, engine.Ident(c.spec.SourceDatabase))), query(t, c.target.db, fmt.Sprintf(asked, engine.Ident(c.spec.TargetDatabase))))
			c.gone(t)
		})
	}
}
