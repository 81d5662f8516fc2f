package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestDefinitionsThatOnlyMySQLHasAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(
		"CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(9), h INT INVISIBLE, p POINT NOT NULL SRID 4326, KEY e ((LOWER(s))), KEY i (s) INVISIBLE, CONSTRAINT c CHECK (id > 0) NOT ENFORCED) COLLATE utf8mb4_unicode_ci",
		"CREATE TABLE j (id INT PRIMARY KEY, doc JSON, d INT DEFAULT (1 + 1)) COLLATE utf8mb4_unicode_ci")
	s.red(engine.Block, "definition_not_on_target", "t.c (NOT ENFORCED)", "t.e (expression)", "t.h (INVISIBLE)", "t.i (INVISIBLE)", "t.p (SRID 4326)")
	s.red(engine.Confirm, "json_becomes_text", "j.doc")
	s.spec.Tables = []string{"j"}
	s.green("definition_not_on_target")
}

func TestDefinitionsThatOnlyMariaDBHasAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource(
		"CREATE TABLE t (id INT PRIMARY KEY, s TEXT DEFAULT 'x', u VARCHAR(36) DEFAULT uuid(), KEY i (u) IGNORED, z BLOB COMPRESSED) PAGE_CHECKSUM=1",
		"CREATE TABLE good (id INT PRIMARY KEY, s TEXT, v VARCHAR(9) DEFAULT '(x)', n INT DEFAULT (1 + 1), c TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)) ROW_FORMAT=DYNAMIC STATS_PERSISTENT=1")
	s.red(engine.Block, "definition_not_on_target", "t (page_checksum=1)", "t.i (IGNORED)", "t.s (TEXT with DEFAULT)", "t.u (DEFAULT uuid())", "t.z (COMPRESSED)")
	s.spec.Tables = []string{"good"}
	s.green("definition_not_on_target")
}
