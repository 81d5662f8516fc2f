package compare_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/compare"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// planted is one difference between two databases that are made alike.
type planted struct {
	name  string
	base  []string // makes both databases
	there []string // runs after base on the target only
	here  []string // runs after base on the source only
	finds string   // kind and name of the one object that differs; empty = none does
}

// everywhere are differences that every pair of servers must show.
var everywhere = []planted{
	{name: "None", base: []string{
		"CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, n INT, f FLOAT, s VARCHAR(20) DEFAULT 'x', g INT AS (n * 2) VIRTUAL, KEY k (s(3)), CHECK (n <> 5 OR s LIKE 'a%' AND n IN (1, 2)))",
		"INSERT INTO t (f) VALUES (16777216), (NULL)", "CREATE VIEW v AS SELECT t.id FROM t JOIN t u ON t.id = u.id WHERE (t.id + 1) * 2 > 3",
		"CREATE FUNCTION f(a INT) RETURNS VARCHAR(10) DETERMINISTIC RETURN a", "CREATE PROCEDURE p(IN a INT) BEGIN SELECT a; END", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.s = 'x'"}},
	{name: "AnyEventStatus", base: []string{"CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO SELECT 1"}, there: []string{"ALTER EVENT e DISABLE"}},
	{name: "TablesPrintedInTwoWays", base: []string{
		"CREATE TABLE t (a INT, c VARCHAR(9), g INT AS (a + 1) VIRTUAL, s INT AS (a + 2) STORED, b VARBINARY(5) DEFAULT x'00ff', n VARBINARY(5) DEFAULT '12', d DATE DEFAULT (DATE '2020-01-01'), KEY g (g), KEY s (s), KEY h (a) USING HASH, CHECK (A > 0), CHECK (c REGEXP '^[a-z]'))",
		"CREATE FUNCTION f() RETURNS JSON DETERMINISTIC RETURN '{}'", "CREATE VIEW v AS SELECT a FROM t WHERE a NOT IN (SELECT s FROM t) AND NOT (a IN (SELECT g FROM t) OR a > 5) AND c REGEXP 'x'"}},
	{name: "DefaultBytes", base: []string{"CREATE TABLE t (b VARBINARY(5) DEFAULT x'00ff')"}, there: []string{"ALTER TABLE t MODIFY b VARBINARY(5) DEFAULT x'01ff'"}, finds: "table t"},
	{name: "CheckRegexp", base: []string{"CREATE TABLE t (c VARCHAR(9), CONSTRAINT k CHECK (c REGEXP '^a'))"}, there: []string{"ALTER TABLE t DROP CONSTRAINT k", "ALTER TABLE t ADD CONSTRAINT k CHECK (c REGEXP '^b')"}, finds: "table t"},
	{name: "ViewNotIn", base: []string{"CREATE TABLE t (a INT, b INT)", "CREATE VIEW v AS SELECT a FROM t WHERE a NOT IN (SELECT b FROM t)"}, there: []string{"CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a IN (SELECT b FROM t)"}, finds: "view v"},
	{name: "FloatBeyondSixDigits", base: []string{"CREATE TABLE t (f FLOAT)", "INSERT INTO t VALUES (16777216)"}, there: []string{"UPDATE t SET f = 16777200"}, finds: "table t"},
	{name: "LastBitOfADouble", base: []string{"CREATE TABLE t (d DOUBLE)", "INSERT INTO t VALUES (1.7976931348623157e308)"}, there: []string{"UPDATE t SET d = 1.7976931348623155e308"}, finds: "table t"},
	{name: "SmallDoubles", base: []string{"CREATE TABLE t (d DOUBLE, m DOUBLE(22,9))", "INSERT INTO t VALUES (0.00000034785054261852176, 0.000000348), (-1.25e-200, 0), (0.0010000000000000002, NULL), (1e-3, 1e-9)"}},
	{name: "LastBitOfASmallDouble", base: []string{"CREATE TABLE t (d DOUBLE)", "INSERT INTO t VALUES (3.4785054261852176e-7)"}, there: []string{"UPDATE t SET d = 3.478505426185218e-7"}, finds: "table t"},
	{name: "Denormal", base: []string{"CREATE TABLE t (d DOUBLE)", "INSERT INTO t VALUES (5e-324)"}, there: []string{"UPDATE t SET d = 1e-323"}, finds: "table t"},
	{name: "LastDigitOfADecimal", base: []string{"CREATE TABLE t (d DECIMAL(65,30))", "INSERT INTO t VALUES (0.000000000000000000000000000001)"}, there: []string{"UPDATE t SET d = 0"}, finds: "table t"},
	{name: "EmojiLost", base: []string{"CREATE TABLE t (s VARCHAR(9))", "INSERT INTO t VALUES ('😀')"}, there: []string{"UPDATE t SET s = '?'"}, finds: "table t"},
	{name: "CaseOfALetter", base: []string{"CREATE TABLE t (s VARCHAR(9))", "INSERT INTO t VALUES ('a')"}, there: []string{"UPDATE t SET s = 'A'"}, finds: "table t"},
	{name: "TrailingSpace", base: []string{"CREATE TABLE t (s VARCHAR(9))", "INSERT INTO t VALUES ('a')"}, there: []string{"UPDATE t SET s = 'a '"}, finds: "table t"},
	{name: "EmptyInsteadOfNull", base: []string{"CREATE TABLE t (b BLOB)", "INSERT INTO t VALUES (NULL)"}, there: []string{"UPDATE t SET b = ''"}, finds: "table t"},
	{name: "OneByte", base: []string{"CREATE TABLE t (b BLOB)", "INSERT INTO t VALUES (x'00FF5C')"}, there: []string{"UPDATE t SET b = x'00FF27'"}, finds: "table t"},
	{name: "ByteOfALongValue", base: []string{"CREATE TABLE t (b LONGTEXT)", "INSERT INTO t VALUES (REPEAT('a', 9000000))"}, there: []string{"UPDATE t SET b = INSERT(b, 8999999, 1, 'b')"}, finds: "table t"},
	{name: "MemberInsteadOfErrorValue", base: []string{"SET sql_mode = ''", "CREATE TABLE t (e ENUM('a', ''))", "INSERT IGNORE INTO t VALUES ('wrong')"}, there: []string{"UPDATE t SET e = 2"}, finds: "table t"},
	{name: "BitLost", base: []string{"CREATE TABLE t (b BIT(64))", "INSERT INTO t VALUES (~0)"}, there: []string{"UPDATE t SET b = ~1"}, finds: "table t"},
	{name: "RowMissing", base: []string{"CREATE TABLE t (id INT)", "INSERT INTO t VALUES (1), (1)"}, there: []string{"DELETE FROM t LIMIT 1"}, finds: "table t"},
	{name: "RowReplaced", base: []string{"CREATE TABLE t (id INT)", "INSERT INTO t VALUES (1), (1), (2)"}, there: []string{"DELETE FROM t WHERE id = 2", "INSERT INTO t VALUES (1)"}, finds: "table t"},
	{name: "PointMoved", base: []string{"CREATE TABLE t (g GEOMETRY)", "INSERT INTO t VALUES (ST_GeomFromText('POINT(1 2)'))"}, there: []string{"UPDATE t SET g = ST_GeomFromText('POINT(2 1)')"}, finds: "table t"},
	{name: "HourOfATimestamp", base: []string{"CREATE TABLE t (t TIMESTAMP NULL)", "INSERT INTO t VALUES (FROM_UNIXTIME(1698541200))"}, there: []string{"UPDATE t SET t = FROM_UNIXTIME(1698544800)"}, finds: "table t"},
	{name: "InvisibleColumnsValue", base: []string{"CREATE TABLE t (a INT, h INT INVISIBLE)", "INSERT INTO t (a, h) VALUES (1, 2)"}, there: []string{"UPDATE t SET h = 3"}, finds: "table t"},
	{name: "ColumnAdded", base: []string{"CREATE TABLE t (id INT)"}, there: []string{"ALTER TABLE t ADD COLUMN more INT"}, finds: "table t"},
	{name: "ColumnOrder", base: []string{"CREATE TABLE t (a INT, b INT)"}, there: []string{"ALTER TABLE t MODIFY b INT FIRST"}, finds: "table t"},
	{name: "ColumnInvisible", base: []string{"CREATE TABLE t (a INT, b INT)"}, there: []string{"ALTER TABLE t MODIFY b INT INVISIBLE"}, finds: "table t"},
	{name: "ColumnComment", base: []string{"CREATE TABLE t (a INT COMMENT 'x')"}, there: []string{"ALTER TABLE t MODIFY a INT COMMENT 'y'"}, finds: "table t"},
	{name: "ColumnUnsigned", base: []string{"CREATE TABLE t (a INT)"}, there: []string{"ALTER TABLE t MODIFY a INT UNSIGNED"}, finds: "table t"},
	{name: "ColumnNullable", base: []string{"CREATE TABLE t (a INT)"}, there: []string{"ALTER TABLE t MODIFY a INT NOT NULL"}, finds: "table t"},
	{name: "ColumnLength", base: []string{"CREATE TABLE t (a VARCHAR(10))"}, there: []string{"ALTER TABLE t MODIFY a VARCHAR(11)"}, finds: "table t"},
	{name: "ColumnCollation", base: []string{"CREATE TABLE t (a VARCHAR(10))"}, there: []string{"ALTER TABLE t MODIFY a VARCHAR(10) COLLATE utf8mb4_bin"}, finds: "table t"},
	{name: "ColumnCharset", base: []string{"CREATE TABLE t (a VARCHAR(10))"}, there: []string{"ALTER TABLE t MODIFY a VARCHAR(10) CHARACTER SET latin1"}, finds: "table t"},
	{name: "TableCollation", base: []string{"CREATE TABLE t (a INT)"}, there: []string{"ALTER TABLE t COLLATE utf8mb4_bin"}, finds: "table t"},
	{name: "DatabaseCollation", there: []string{"ALTER DATABASE COLLATE utf8mb4_bin"}, finds: "database "},
	{name: "DefaultValue", base: []string{"CREATE TABLE t (a INT DEFAULT 7)"}, there: []string{"ALTER TABLE t MODIFY a INT DEFAULT 8"}, finds: "table t"},
	{name: "DefaultMissing", base: []string{"CREATE TABLE t (a INT DEFAULT 7)"}, there: []string{"ALTER TABLE t MODIFY a INT"}, finds: "table t"},
	{name: "DefaultText", base: []string{"CREATE TABLE t (a VARCHAR(9) DEFAULT 'a''\\\\')"}, there: []string{"ALTER TABLE t MODIFY a VARCHAR(9) DEFAULT 'a\\\\'"}, finds: "table t"},
	{name: "DefaultExpression", base: []string{"CREATE TABLE t (a INT DEFAULT (1 + 2 * 3))"}, there: []string{"ALTER TABLE t MODIFY a INT DEFAULT ((1 + 2) * 3)"}, finds: "table t"},
	{name: "OnUpdate", base: []string{"CREATE TABLE t (a DATETIME DEFAULT CURRENT_TIMESTAMP)"}, there: []string{"ALTER TABLE t MODIFY a DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"}, finds: "table t"},
	{name: "GeneratedExpression", base: []string{"CREATE TABLE t (a INT, g INT AS ((a + 1) * 2) VIRTUAL)"}, there: []string{"ALTER TABLE t MODIFY g INT AS (a + 1 * 2) VIRTUAL"}, finds: "table t"},
	{name: "GeneratedStored", base: []string{"CREATE TABLE t (a INT, g INT AS (a + 1) VIRTUAL)"}, there: []string{"ALTER TABLE t DROP COLUMN g, ADD COLUMN g INT AS (a + 1) STORED"}, finds: "table t"},
	{name: "CheckBrackets", base: []string{"CREATE TABLE t (a INT, b INT, CONSTRAINT c CHECK ((a + 1) * b > 0))"}, there: []string{"ALTER TABLE t DROP CONSTRAINT c", "ALTER TABLE t ADD CONSTRAINT c CHECK (a + 1 * b > 0)"}, finds: "table t"},
	{name: "CheckMissing", base: []string{"CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 0))"}, there: []string{"ALTER TABLE t DROP CONSTRAINT c"}, finds: "table t"},
	{name: "AutoIncrement", base: []string{"CREATE TABLE t (a INT AUTO_INCREMENT PRIMARY KEY)"}, there: []string{"ALTER TABLE t AUTO_INCREMENT = 100"}, finds: "table t"},
	{name: "TableComment", base: []string{"CREATE TABLE t (a INT) COMMENT 'x\n'"}, there: []string{"ALTER TABLE t COMMENT 'x'"}, finds: "table t"},
	{name: "TableEngine", base: []string{"CREATE TABLE t (a INT)"}, there: []string{"ALTER TABLE t ENGINE = MyISAM"}, finds: "table t"},
	{name: "RowFormat", base: []string{"CREATE TABLE t (a INT)"}, there: []string{"ALTER TABLE t ROW_FORMAT = COMPACT"}, finds: "table t"},
	{name: "KeyMissing", base: []string{"CREATE TABLE t (a INT, KEY k (a))"}, there: []string{"ALTER TABLE t DROP KEY k"}, finds: "table t"},
	{name: "KeyColumnOrder", base: []string{"CREATE TABLE t (a INT, b INT, KEY k (a, b))"}, there: []string{"ALTER TABLE t DROP KEY k, ADD KEY k (b, a)"}, finds: "table t"},
	{name: "KeyOrder", base: []string{"CREATE TABLE t (a INT, b INT, KEY k (a), KEY l (b))"}, there: []string{"ALTER TABLE t DROP KEY k", "ALTER TABLE t ADD KEY k (a)"}, finds: "table t"},
	{name: "KeyDescending", base: []string{"CREATE TABLE t (a INT, KEY k (a))"}, there: []string{"ALTER TABLE t DROP KEY k, ADD KEY k (a DESC)"}, finds: "table t"},
	{name: "KeyPrefix", base: []string{"CREATE TABLE t (a TEXT, KEY k (a(5)))"}, there: []string{"ALTER TABLE t DROP KEY k, ADD KEY k (a(6))"}, finds: "table t"},
	{name: "KeyUnique", base: []string{"CREATE TABLE t (a INT, KEY k (a))"}, there: []string{"ALTER TABLE t DROP KEY k, ADD UNIQUE KEY k (a)"}, finds: "table t"},
	{name: "KeyType", base: []string{"CREATE TABLE t (a INT, KEY k (a))"}, there: []string{"ALTER TABLE t DROP KEY k, ADD KEY k (a) USING BTREE"}, finds: "table t"},
	{name: "KeyComment", base: []string{"CREATE TABLE t (a INT, KEY k (a) COMMENT 'x')"}, there: []string{"ALTER TABLE t DROP KEY k, ADD KEY k (a)"}, finds: "table t"},
	{name: "ForeignKeyAction", base: []string{"CREATE TABLE p (a INT PRIMARY KEY)", "CREATE TABLE t (a INT, CONSTRAINT c FOREIGN KEY (a) REFERENCES p (a) ON DELETE CASCADE)"}, there: []string{"ALTER TABLE t DROP FOREIGN KEY c", "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES p (a)"}, finds: "table t"},
	{name: "Partition", base: []string{"CREATE TABLE t (a INT) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)"}, there: []string{"ALTER TABLE t REORGANIZE PARTITION p0, p1 INTO (PARTITION p0 VALUES LESS THAN (11), PARTITION p1 VALUES LESS THAN MAXVALUE)"}, finds: "table t"},
	{name: "PartitionsOfBytes", base: []string{"CREATE TABLE t (a VARBINARY(9)) PARTITION BY LIST COLUMNS (a) (PARTITION p VALUES IN ('$!+', 'b'))"}},
	{name: "PartitionOfOtherBytes", base: []string{"CREATE TABLE t (a VARBINARY(9)) PARTITION BY LIST COLUMNS (a) (PARTITION p VALUES IN ('$!+'))"}, there: []string{"ALTER TABLE t REORGANIZE PARTITION p INTO (PARTITION p VALUES IN ('$!-'))"}, finds: "table t"},
	{name: "ExpressionsPrintedInTwoWays", base: []string{"CREATE TABLE t (a INT, b INT, s VARCHAR(9), d DATE, c INT DEFAULT (a XOR b), e INT DEFAULT (a IS TRUE OR b), f INT DEFAULT (s REGEXP 'x$'), g INT DEFAULT (WEEK(d)), h VARCHAR(9) DEFAULT (COALESCE(x'40')))"}},
	{name: "DefaultOfCharacterSet", base: []string{"CREATE TABLE t (a VARCHAR(9), b VARCHAR(20) DEFAULT (CHARSET(a)))"}, there: []string{"ALTER TABLE t MODIFY b VARCHAR(20) DEFAULT (COLLATION(a))"}, finds: "table t"},
	{name: "ViewMissing", base: []string{"CREATE VIEW v AS SELECT 1 AS a"}, there: []string{"DROP VIEW v"}, finds: "view v"},
	{name: "ViewBody", base: []string{"CREATE VIEW v AS SELECT 1 AS a"}, there: []string{"CREATE OR REPLACE VIEW v AS SELECT 2 AS a"}, finds: "view v"},
	{name: "ViewsPrintedInTwoWays", base: []string{"CREATE TABLE t (a INT, b INT, s VARCHAR(9))",
		"CREATE VIEW v AS SELECT a + 1 AS k, SUM(b) AS total FROM t GROUP BY k HAVING total > 1 ORDER BY total DESC, k", "CREATE VIEW w AS SELECT q.n FROM (SELECT DISTINCT UPPER(s) AS n FROM t ORDER BY 1 LIMIT 3) q",
		"CREATE VIEW x AS SELECT a FROM t WHERE s NOT LIKE 'a%' AND (a XOR b) AND NOT EXISTS (SELECT 1 FROM t) AND a = TRUE",
		"CREATE VIEW y AS SELECT c.COLUMN_NAME FROM information_schema.columns c JOIN t ON c.TABLE_NAME = t.s",
		"CREATE VIEW u AS SELECT a FROM t UNION SELECT b FROM t UNION ALL SELECT b + 1 FROM t",
		"CREATE VIEW z (x, y) AS SELECT a, 1 FROM t WHERE a NOT IN (SELECT b FROM t) UNION ALL SELECT b, 2 FROM t ORDER BY 1 LIMIT 5"}},
	{name: "ViewUnion", base: []string{"CREATE TABLE t (a INT, b INT)", "CREATE VIEW v AS SELECT a FROM t UNION SELECT b FROM t UNION ALL SELECT 1"}, there: []string{"CREATE OR REPLACE VIEW v AS SELECT a FROM t UNION ALL SELECT b FROM t UNION ALL SELECT 1"}, finds: "view v"},
	{name: "ViewOrder", base: []string{"CREATE TABLE t (a INT, b INT)", "CREATE VIEW v AS SELECT a + 1 AS k, b + 1 AS l FROM t ORDER BY k"}, there: []string{"CREATE OR REPLACE VIEW v AS SELECT a + 1 AS k, b + 1 AS l FROM t ORDER BY l"}, finds: "view v"},
	{name: "ViewNot", base: []string{"CREATE TABLE t (s VARCHAR(9))", "CREATE VIEW v AS SELECT s FROM t WHERE s NOT LIKE 'a'"}, there: []string{"CREATE OR REPLACE VIEW v AS SELECT s FROM t WHERE s LIKE 'a'"}, finds: "view v"},
	{name: "ViewSecurity", base: []string{"CREATE VIEW v AS SELECT 1 AS a"}, there: []string{"CREATE OR REPLACE SQL SECURITY INVOKER VIEW v AS SELECT 1 AS a"}, finds: "view v"},
	{name: "TriggerMissing", base: []string{"CREATE TABLE t (a INT)", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1"}, there: []string{"DROP TRIGGER tr"}, finds: "trigger tr"},
	{name: "TriggerMode", base: []string{"CREATE TABLE t (a INT)", "SET sql_mode = 'ANSI_QUOTES'", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1"}, there: []string{"DROP TRIGGER tr", "SET sql_mode = ''", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1"}, finds: "trigger tr"},
	{name: "TriggerConnectionCollation", base: []string{"CREATE TABLE t (a INT)", "SET NAMES latin1", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1"}, there: []string{"DROP TRIGGER tr", "SET NAMES utf8mb4 COLLATE utf8mb4_bin", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1"}, finds: "trigger tr"},
	{name: "CommentBehindAProcedure", base: []string{"CREATE PROCEDURE p() SELECT 'a -- b'\n-- done"}},
	{name: "JSONColumnNamedLikeACall", base: []string{"CREATE TABLE t (`JSON_VALUE(a, '$.x')` JSON, `CamelCase` JSON)"}},
	{name: "ProcedureBody", base: []string{"CREATE PROCEDURE p() SELECT 'a'"}, there: []string{"DROP PROCEDURE p", "CREATE PROCEDURE p() SELECT 'A'"}, finds: "procedure p"},
	{name: "ProcedureMode", base: []string{"SET sql_mode = ''", "CREATE PROCEDURE p() SELECT 'a'"}, there: []string{"DROP PROCEDURE p", "SET sql_mode = 'PIPES_AS_CONCAT'", "CREATE PROCEDURE p() SELECT 'a'"}, finds: "procedure p"},
	{name: "FunctionType", base: []string{"CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1"}, there: []string{"DROP FUNCTION f", "CREATE FUNCTION f() RETURNS BIGINT DETERMINISTIC RETURN 1"}, finds: "function f"},
	{name: "EventBody", base: []string{"CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO SELECT 1"}, there: []string{"ALTER EVENT e DO SELECT 2"}, finds: "event e"},
	{name: "EventZone", base: []string{"SET time_zone = '+02:00'", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO SELECT 1"}, there: []string{"DROP EVENT e", "SET time_zone = '+03:00'", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO SELECT 1"}, finds: "event e"},
}

// within are differences that one flavour alone can have.
var within = map[localdb.Flavour][]planted{
	localdb.MySQL: {
		{name: "SignOfZero", base: []string{"CREATE TABLE t (f FLOAT)", "INSERT INTO t VALUES (-0e0)"}, there: []string{"UPDATE t SET f = 0"}, finds: "table t"},
		{name: "JSONDateBecameText", base: []string{"CREATE TABLE t (j JSON)", "INSERT INTO t VALUES (JSON_OBJECT('d', CAST('2024-01-01' AS DATE)))"}, there: []string{`UPDATE t SET j = '{"d": "2024-01-01"}'`}, finds: "table t"},
		{name: "JSONDecimalBecameDouble", base: []string{"CREATE TABLE t (j JSON)", "INSERT INTO t VALUES (JSON_ARRAY(CAST(1.10 AS DECIMAL(10,2))))"}, there: []string{"DELETE FROM t", "INSERT INTO t VALUES ('[1.1]')"}, finds: "table t"},
		{name: "KeyInvisible", base: []string{"CREATE TABLE t (a INT, KEY k (a))"}, there: []string{"ALTER TABLE t ALTER INDEX k INVISIBLE"}, finds: "table t"},
		{name: "KeyExpression", base: []string{"CREATE TABLE t (a INT, KEY k ((a + 1)))"}, there: []string{"ALTER TABLE t DROP KEY k, ADD KEY k ((a + 2))"}, finds: "table t"},
		{name: "CheckNotEnforced", base: []string{"CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 0))"}, there: []string{"ALTER TABLE t ALTER CHECK c NOT ENFORCED"}, finds: "table t"},
		{name: "PrimaryKeyNobodySees", base: []string{"SET sql_generate_invisible_primary_key = 1", "CREATE TABLE t (a INT)"}, there: []string{"SET sql_generate_invisible_primary_key = 0", "ALTER TABLE t DROP PRIMARY KEY, DROP COLUMN my_row_id"}, finds: "table t"},
		{name: "SRID", base: []string{"CREATE TABLE t (g GEOMETRY SRID 0)"}, there: []string{"ALTER TABLE t MODIFY g GEOMETRY SRID 4326"}, finds: "table t"},
		{name: "LibraryMissing", base: []string{"CREATE LIBRARY l LANGUAGE JAVASCRIPT AS 'export function f() { return 1 }'"}, there: []string{"DROP LIBRARY l"}, finds: "library l"},
	},
	localdb.MariaDB: {
		{name: "SequenceMissing", base: []string{"CREATE SEQUENCE s"}, there: []string{"DROP SEQUENCE s"}, finds: "sequence s"},
		{name: "SequencesNextValue", base: []string{"CREATE SEQUENCE s NOCACHE"}, there: []string{"DO SETVAL(s, 5)"}, finds: "sequence s"},
		{name: "ColumnsOfTheMoment", base: []string{"CREATE TABLE t (a INT, r DOUBLE AS (RAND()) VIRTUAL, u VARCHAR(40) AS (UUID()) VIRTUAL, d VARCHAR(64) AS (DATABASE()) VIRTUAL)", "INSERT INTO t (a) VALUES (1), (2)", "CREATE TABLE alone (r DOUBLE AS (RAND()) VIRTUAL)", "INSERT INTO alone VALUES ()"}},
		{name: "KeyIgnored", base: []string{"CREATE TABLE t (a INT, KEY k (a))"}, there: []string{"ALTER TABLE t ALTER INDEX k IGNORED"}, finds: "table t"},
		{name: "VersionedMissing", base: []string{"CREATE TABLE t (a INT) WITH SYSTEM VERSIONING"}, there: []string{"DROP TABLE t"}, finds: "table t"},
		{name: "TypeUUID", base: []string{"CREATE TABLE t (u UUID)", "INSERT INTO t VALUES ('123e4567-e89b-12d3-a456-426614174000')"}, there: []string{"UPDATE t SET u = '123e4567-e89b-12d3-a456-426614174001'"}, finds: "table t"},
		{name: "PackageMissing", base: []string{"SET sql_mode = 'ORACLE'", "CREATE PACKAGE k AS FUNCTION f RETURN INT; END"}, there: []string{"DROP PACKAGE k"}, finds: "package k"},
		{name: "Compressed", base: []string{"CREATE TABLE t (a TEXT)"}, there: []string{"ALTER TABLE t MODIFY a TEXT COMPRESSED"}, finds: "table t"},
	},
}

// triggerOrder is made in another order on the two sides.
var triggerOrder = planted{
	name: "TriggerOrder", base: []string{"CREATE TABLE t (a INT)"}, finds: "trigger x",
	here:  []string{"CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1", "CREATE TRIGGER y BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 2"},
	there: []string{"CREATE TRIGGER y BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 2", "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1"},
}

func TestDatabases_FindsEveryPlantedDifference(t *testing.T) {
	t.Parallel()
	maria, mysql := testkit.MariaDB(t), testkit.MySQL(t)
	for name, pair := range map[string][2]*localdb.Server{
		"MariaDB": {maria, maria}, "MySQL": {mysql, mysql}, "MariaDBToMySQL": {maria, mysql}, // both sides are read alike, so the other way round is no other test
	} {
		all := append(everywhere[:len(everywhere):len(everywhere)], triggerOrder)
		if pair[0] == pair[1] {
			all = append(all, within[pair[0].Flavour]...)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, p := range all {
				t.Run(p.name, func(t *testing.T) { p.check(t, pair[0], pair[1]) })
			}
		})
	}
}

// check finds nothing before the difference is planted, and what it is planted in afterwards.
func (p planted) check(t *testing.T, source, target *localdb.Server) {
	left, here := p.make(t, source)
	right, there := p.make(t, target)
	different := func() []compare.Object {
		objects, err := compare.Databases(t.Context(), left, right)
		require.NoError(t, err)
		return compare.Different(objects)
	}
	require.Empty(t, different())
	testkit.Exec(t, here, p.here...)
	testkit.Exec(t, there, p.there...)
	found := different()
	if p.finds == "" {
		require.Empty(t, found)
		return
	}
	require.NotEmpty(t, found)
	require.Equal(t, p.finds, found[0].Kind+" "+found[0].Name, found[0].Difference)
}

// make makes a database with a collation that every server has; db keeps to one session, whose settings p may change.
func (p planted) make(t *testing.T, server *localdb.Server) (side compare.Side, db *sql.DB) {
	t.Helper()
	database, db := testkit.Database(t, server)
	db.SetMaxOpenConns(1)
	testkit.Exec(t, db, "SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci", "SET sql_mode = ''", "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", "USE "+database)
	testkit.Exec(t, db, p.base...)
	root := server.DB("")
	t.Cleanup(func() { require.NoError(t, root.Close()) })
	return compare.Side{DB: root, Database: database}, db
}

func TestDatabases_ChosenTablesBringTheirTriggersOnly(t *testing.T) {
	t.Parallel()
	server := testkit.MySQL(t)
	database, db := testkit.Database(t, server)
	testkit.Exec(t, db, "CREATE TABLE t (a INT)", "CREATE TABLE u (a INT)", "CREATE VIEW v AS SELECT 1", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1")
	side := compare.Side{DB: db, Database: database}
	objects, err := compare.Databases(t.Context(), side, side, "t")
	require.NoError(t, err)
	require.Empty(t, compare.Different(objects))
	require.Len(t, objects, 2)
	require.Equal(t, "tr", objects[1].Name)
}
