package engine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestCopy_NamesThatDifferInCaseOrAccentsOnlyAreTheTargets(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		if pair[0].Flavour != pair[1].Flavour {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1], "CREATE TABLE t (a INT)", "CREATE TRIGGER Fill BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1",
				"CREATE PROCEDURE Report() SELECT 1", "CREATE EVENT Nightly ON SCHEDULE EVERY 1 DAY DO SELECT 1",
				"CREATE TRIGGER `tré` BEFORE UPDATE ON t FOR EACH ROW SET NEW.a = 1", "CREATE PROCEDURE `café`() SELECT 1",
				"CREATE FUNCTION `fé`() RETURNS INT DETERMINISTIC RETURN 1", "CREATE EVENT `évt` ON SCHEDULE EVERY 1 DAY DO SELECT 1")
			testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase)
			to := c.target.DB(c.spec.TargetDatabase)
			defer to.Close()
			testkit.Exec(t, to, "CREATE TABLE mine (a INT)", "CREATE TRIGGER fill BEFORE INSERT ON mine FOR EACH ROW SET NEW.a = 2",
				"CREATE PROCEDURE report() SELECT 2", "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO SELECT 2",
				"CREATE TRIGGER tre BEFORE UPDATE ON mine FOR EACH ROW SET NEW.a = 2", "CREATE PROCEDURE cafe() SELECT 2", "CREATE PROCEDURE fe() SELECT 2",
				"CREATE FUNCTION fe() RETURNS INT DETERMINISTIC RETURN 2", "CREATE EVENT evt ON SCHEDULE EVERY 1 DAY DO SELECT 2")

			_, findings, err := c.Preflight(t.Context(), c.spec)
			require.NoError(t, err)
			named := map[string][]string{}
			for _, f := range findings {
				named[f.Code] = f.Objects
			}
			assert.Equal(t, []string{"function fe", "procedure cafe", "procedure report", "event evt", "event nightly"}, named["target_exists"])
			assert.Equal(t, []string{"trigger fill (of table mine)", "trigger tre (of table mine)"}, named["target_other_kind"])
		})
	}
}

func TestUndo_PutsBackWhatTheTargetTookForTheSameName(t *testing.T) {
	t.Parallel()
	programs := []string{"CREATE PROCEDURE %s() SELECT 1", "CREATE FUNCTION %s() RETURNS INT DETERMINISTIC RETURN 1", "CREATE EVENT %s ON SCHEDULE EVERY 1 DAY DO SELECT 1"}
	for name, server := range map[string]*localdb.Server{"MariaDB": testkit.SecondMariaDB(t), "MySQL": testkit.SecondMySQL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var there []string
			for _, program := range programs {
				there = append(there, fmt.Sprintf(program, "cafe"))
			}
			s := newSwapped(t, testkit.MariaDB(t), server, there...)
			from := s.source.DB(s.spec.SourceDatabase)
			defer from.Close()
			for _, program := range programs {
				testkit.Exec(t, from, fmt.Sprintf(program, "`Café`"))
			}
			before := s.picture(t)
			s.copy(t)
			require.NoError(t, s.Undo(t.Context(), s.done, s.names, engine.Hooks{}))
			assert.Equal(t, before, s.picture(t))
		})
	}
}

func TestPreflight_SequencesUnderTheNamesOfTablesAndViewsAreOfAnotherKind(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MySQL(t), testkit.MariaDB(t), "CREATE TABLE a (id INT)", "CREATE VIEW b AS SELECT id FROM a")
	name := c.spec.TargetDatabase
	testkit.Exec(t, c.target.db, "CREATE DATABASE "+name, "CREATE SEQUENCE "+name+".a", "CREATE SEQUENCE "+name+".b", "CREATE SEQUENCE "+name+".c")
	plan, findings, err := c.Preflight(t.Context(), c.spec)
	require.NoError(t, err)
	require.Len(t, findings, 1)
	assert.Equal(t, "target_other_kind", findings[0].Code)
	assert.Equal(t, []string{"sequence a", "sequence b"}, findings[0].Objects)
	assert.Equal(t, []string{"sequence c"}, plan.Kept)
}
