package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestHistoryOfVersionedTablesIsRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource("CREATE TABLE plain (a INT)", "CREATE TABLE h (a INT) WITH SYSTEM VERSIONING")
	s.red(engine.Block, "system_versioned", "h")
	s.spec.Tables = []string{"plain"}
	s.green("system_versioned")
}

func TestDefaultsFromSequencesAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE SEQUENCE s", "CREATE TABLE t (a BIGINT DEFAULT (NEXT VALUE FOR s), b VARCHAR(20) DEFAULT 'nextval(1)', c VARCHAR(20) DEFAULT (CONCAT('x', NEXTVAL(s))), d INT DEFAULT (1 + LASTVAL(s)))", "CREATE TABLE u (a INT, b VARCHAR(30) DEFAULT (CONCAT('nextval(', 'x')))")
	s.spec.Tables = []string{"t", "u"}
	s.red(engine.Block, "sequence_default", "t.a", "t.c", "t.d")
	s.spec.Tables = []string{"u"}
	s.green("sequence_default")
}
