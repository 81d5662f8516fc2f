package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestDefinitionsThatOnlyMySQLHasAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(
		"CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(9), h INT NOT NULL INVISIBLE, KEY e ((LOWER(s))), CONSTRAINT c CHECK (id > 0) NOT ENFORCED) COMPRESSION='zlib'",
		"CREATE TABLE g (id INT, k INT AS (id + 1) STORED, PRIMARY KEY (k))",
		"CREATE TABLE j (id INT PRIMARY KEY, doc JSON, d INT DEFAULT (1 + 1), h INT INVISIBLE, KEY i (d) INVISIBLE, CHECK (d > 0)) ROW_FORMAT=DYNAMIC")
	s.red(engine.Block, "definition_not_on_target",
		"g.k (generated, in the primary key)", `t (COMPRESSION="zlib")`, "t.c (NOT ENFORCED)", "t.e (expression)", "t.h (INVISIBLE NOT NULL without DEFAULT)")
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

func TestWhatAnOlderTargetForgetsIsNamed(t *testing.T) {
	t.Parallel()
	for from, want := range map[*localdb.Server][]string{
		testkit.MySQL(t):   {"t.positive (CHECK)"},
		testkit.MariaDB(t): {"t.hidden (INVISIBLE)", "t.long (TEXT with DEFAULT)", "t.positive (CHECK)"},
	} {
		s := between(t, from, from).onSource("CREATE TABLE t (id INT PRIMARY KEY, n INT, hidden INT INVISIBLE, `long` TEXT DEFAULT ('x'), KEY down (n DESC), CONSTRAINT positive CHECK (id > 0))")
		in := engine.CheckInput{
			Spec: s.spec, Source: s.source, Target: s.target, Plan: &engine.Plan{Tables: []engine.PlannedTable{{Name: "t"}}},
			SourceServer: engine.Server{Flavour: engine.Flavour(from.Flavour)}, TargetServer: engine.Server{Flavour: engine.MySQL, Version: "5.7.44"},
		}
		findings, err := flavours(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, want, objects(findings, "definition_not_on_target"))
		require.Equal(t, []string{"t.down"}, objects(findings, "descending_keys_ignored"))
		in.TargetServer.Version = "8.0.36"
		findings, err = flavours(t.Context(), in)
		require.NoError(t, err)
		require.Empty(t, findings)
	}
}
