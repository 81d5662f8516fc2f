package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestDefinitionsThatOnlyMySQLHasAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(
		"CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(9), h INT NOT NULL INVISIBLE, p POINT NOT NULL SRID 4326, KEY e ((LOWER(s))), CONSTRAINT c CHECK (id > 0) NOT ENFORCED) COMPRESSION='zlib'",
		"CREATE TABLE g (id INT, k INT AS (id + 1) STORED, PRIMARY KEY (k))",
		"CREATE TABLE j (id INT PRIMARY KEY, doc JSON, d INT DEFAULT (1 + 1), h INT INVISIBLE, KEY i (d) INVISIBLE, CHECK (d > 0)) ROW_FORMAT=DYNAMIC")
	s.red(engine.Block, "definition_not_on_target",
		"g.k (generated, in the primary key)", `t (COMPRESSION="zlib")`, "t.c (NOT ENFORCED)", "t.e (expression)", "t.h (INVISIBLE NOT NULL without DEFAULT)", "t.p (SRID 4326)")
	s.red(engine.Confirm, "json_becomes_text", "j.doc")
	s.spec.Tables = []string{"j"}
	s.green("definition_not_on_target")
	s.green("definition_refused")
}

func TestDefinitionsThatOnlyMariaDBHasAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource(
		"CREATE TABLE t (id INT PRIMARY KEY, s TEXT, z BLOB COMPRESSED, UNIQUE whole (s), CONSTRAINT same CHECK (id > 0)) PAGE_CHECKSUM=1",
		"CREATE TABLE u (id INT PRIMARY KEY, CONSTRAINT same CHECK (id > 0))",
		"CREATE TABLE good (id INT PRIMARY KEY, s TEXT DEFAULT 'x', u VARCHAR(36) DEFAULT uuid(), h INT INVISIBLE, v VARCHAR(9) DEFAULT '(x)', n INT DEFAULT (1 + 1), c TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), KEY i (n) IGNORED, CHECK (id > 0)) ROW_FORMAT=DYNAMIC STATS_PERSISTENT=1")
	s.red(engine.Block, "definition_not_on_target",
		"t (page_checksum=1)", "t.same (CHECK of a name that another table uses)", "t.whole (UNIQUE over a whole text)", "t.z (COMPRESSED)", "u.same (CHECK of a name that another table uses)")
	s.spec.Tables = []string{"good"}
	s.green("definition_not_on_target")
	s.green("definition_refused")
}
