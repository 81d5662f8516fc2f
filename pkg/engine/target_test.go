package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/testkit"
)

func TestCopy_NamesThatDifferInCaseOnlyAreTheTargets(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		if pair[0].Flavour != pair[1].Flavour {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1], "CREATE TABLE t (a INT)", "CREATE TRIGGER Fill BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1",
				"CREATE PROCEDURE Report() SELECT 1", "CREATE EVENT Nightly ON SCHEDULE EVERY 1 DAY DO SELECT 1")
			testkit.Exec(t, c.target.db, "CREATE DATABASE "+c.spec.TargetDatabase)
			to := c.target.DB(c.spec.TargetDatabase)
			defer to.Close()
			testkit.Exec(t, to, "CREATE TABLE mine (a INT)", "CREATE TRIGGER fill BEFORE INSERT ON mine FOR EACH ROW SET NEW.a = 2",
				"CREATE PROCEDURE report() SELECT 2", "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO SELECT 2")

			_, findings, err := c.Preflight(t.Context(), c.spec)
			require.NoError(t, err)
			named := map[string][]string{}
			for _, f := range findings {
				named[f.Code] = f.Objects
			}
			assert.Equal(t, []string{"procedure report", "event nightly"}, named["target_exists"])
			assert.Equal(t, []string{"trigger fill (of table mine)"}, named["target_other_kind"])
		})
	}
}
