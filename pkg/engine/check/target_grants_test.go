package check

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// loadAs makes the target account one that has these grants; DB stands for the target database.
func (s *sides) loadAs(grants ...string) {
	s.t.Helper()
	for i := range grants {
		grants[i] = strings.ReplaceAll(grants[i], "DB", strings.ReplaceAll(s.spec.TargetDatabase, "_", `\_`))
	}
	user, password := testkit.User(s.t, s.targetServer, grants...)
	s.spec.Target = endpoint(s.targetServer, user, password)
}

const tableRights = "SELECT, INSERT, CREATE, DROP, ALTER, INDEX, REFERENCES"

func TestTargetGrantsAreNamedOneByOne(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.SecondMariaDB(t), testkit.MySQL(t)} {
		t.Run(string(server.Flavour), func(t *testing.T) {
			t.Parallel()
			s := between(t, testkit.MariaDB(t), server).onSource("CREATE TABLE t (a INT)", "CREATE VIEW v AS SELECT 1 AS one",
				"CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1")
			pattern := strings.ReplaceAll(s.spec.TargetDatabase, "_", `\_`)

			s.loadAs("GRANT "+tableRights+", CREATE VIEW, SHOW VIEW, TRIGGER ON `\\_om\\_%`.* TO %s", "GRANT "+tableRights+", CREATE VIEW, SHOW VIEW, TRIGGER ON `DB`.* TO %s")
			s.green("target_grants_missing")

			s.loadAs("GRANT "+tableRights+" ON `DB`.* TO %s", "GRANT SELECT, INSERT, DROP ON `\\_om\\_%`.* TO %s")
			found := s.red(engine.Block, "target_grants_missing", "CREATE ON `\\_om\\_%`.*", "ALTER ON `\\_om\\_%`.*", "INDEX ON `\\_om\\_%`.*", "REFERENCES ON `\\_om\\_%`.*",
				"CREATE VIEW ON `\\_om\\_%`.*", "SHOW VIEW ON `\\_om\\_%`.*", "TRIGGER ON `\\_om\\_%`.*",
				"CREATE VIEW ON `"+pattern+"`.*", "SHOW VIEW ON `"+pattern+"`.*", "TRIGGER ON `"+pattern+"`.*")
			for statement := range strings.SplitSeq(strings.TrimPrefix(found.Remedy.EN, "Run on the target: "), "; ") {
				testkit.Exec(t, s.target, strings.TrimSuffix(statement, ";"))
			}
			s.green("target_grants_missing")
		})
	}
}

func TestTargetGrantsAskForTheTriggersOfReplacedTables(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.SecondMariaDB(t), testkit.MySQL(t)} {
		t.Run(string(server.Flavour), func(t *testing.T) {
			t.Parallel()
			s := between(t, testkit.MariaDB(t), server).onSource("CREATE TABLE t (a INT)")
			s.loadAs("GRANT "+tableRights+" ON `\\_om\\_%`.* TO %s", "GRANT "+tableRights+" ON `DB`.* TO %s")
			s.green("target_grants_missing")
			s.onTarget("CREATE TABLE t (a INT)", "CREATE TRIGGER unseen BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1")
			s.spec.IfExists = engine.Replace
			s.red(engine.Block, "target_grants_missing", "TRIGGER ON `"+strings.ReplaceAll(s.spec.TargetDatabase, "_", `\_`)+"`.*")
		})
	}
}

func TestGrantsThatTheProgramPrintsAreEnough(t *testing.T) {
	t.Parallel()
	maria, mysql := testkit.MariaDB(t), testkit.MySQL(t)
	for _, pair := range [][2]*localdb.Server{{maria, mysql}, {mysql, maria}} {
		s := between(t, pair[0], pair[1]).onSource("CREATE TABLE t (a INT)", "CREATE VIEW v AS SELECT a FROM t",
			"CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1", "CREATE PROCEDURE p() SELECT 1")
		version := func(server *localdb.Server) (v string) {
			db := server.DB("")
			defer db.Close()
			require.NoError(t, db.QueryRow("SELECT VERSION()").Scan(&v))
			return v
		}
		s.readAs()
		s.onSource(engine.GrantsFor(engine.Flavour(pair[0].Flavour), version(pair[0]), s.spec.SourceDatabase, s.spec.Source.User, "read")...)
		s.loadAs()
		s.onTarget(engine.GrantsFor(engine.Flavour(pair[1].Flavour), version(pair[1]), s.spec.TargetDatabase, s.spec.Target.User, "load")...)
		s.onTarget("CREATE TABLE t (a INT)").spec.IfExists = engine.Replace
		findings := s.preflight()
		require.Nil(t, objects(findings, "foreign_keys_unseen"))
		require.Nil(t, objects(findings, "source_grants_missing"))
		require.Nil(t, objects(findings, "target_grants_missing"))
	}
}

func TestGrantsAreNamedEvenWhereTheirLackStopsThePlan(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.SecondMariaDB(t), testkit.MySQL(t)} {
		s := between(t, testkit.MariaDB(t), server).onSource("CREATE VIEW v AS SELECT 1 AS one").onTarget("CREATE VIEW v AS SELECT 2 AS two")
		s.loadAs("GRANT "+tableRights+", CREATE VIEW, SHOW VIEW ON `\\_om\\_%`.* TO %s", "GRANT "+tableRights+", CREATE VIEW ON `DB`.* TO %s")
		_, findings, err := engine.New(engine.Options{Checks: Run}).Preflight(t.Context(), s.spec)
		require.NoError(t, err)
		require.NotNil(t, objects(findings, "preflight_unfinished"))
		require.Equal(t, []string{"SHOW VIEW ON `" + strings.ReplaceAll(s.spec.TargetDatabase, "_", `\_`) + "`.*"}, objects(findings, "target_grants_missing"))
	}
}
