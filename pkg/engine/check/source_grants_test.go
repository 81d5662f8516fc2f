package check

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// readAs makes the source account one that has these grants; DB stands for the source database.
func (s *sides) readAs(grants ...string) {
	s.t.Helper()
	for i := range grants {
		grants[i] = strings.ReplaceAll(grants[i], "DB", strings.ReplaceAll(s.spec.SourceDatabase, "_", `\_`))
	}
	user, password := testkit.User(s.t, s.sourceServer, grants...)
	s.spec.Source = endpoint(s.sourceServer, user, password)
}

var bodies = map[localdb.Flavour]string{
	localdb.MariaDB: "GRANT SELECT ON mysql.proc TO %s",
	localdb.MySQL:   "GRANT SHOW_ROUTINE ON *.* TO %s",
}

func TestSourceGrantsAreNamedOneByOne(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		t.Run(string(server.Flavour), func(t *testing.T) {
			t.Parallel()
			s := between(t, server, testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT, b INT)", "CREATE TABLE secret (a INT, b INT)", "CREATE VIEW v AS SELECT 1 AS one")
			db := s.spec.SourceDatabase
			pattern := strings.ReplaceAll(db, "_", `\_`)

			s.readAs("GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `DB`.* TO %s", bodies[server.Flavour])
			s.green("source_grants_missing")

			s.readAs("GRANT SELECT, SHOW VIEW, EVENT ON `DB`.* TO %s", bodies[server.Flavour])
			found := s.red(engine.Block, "source_grants_missing", "TRIGGER ON `"+pattern+"`.*")
			require.Contains(t, found.Remedy.EN, "GRANT TRIGGER ON `"+pattern+"`.* TO '"+s.spec.Source.User+"'@'%';")
			testkit.Exec(t, s.source, strings.TrimSuffix(strings.TrimPrefix(found.Remedy.EN, "Run on the source: "), ";"))
			s.green("source_grants_missing")

			s.readAs("GRANT SHOW VIEW, TRIGGER, EVENT ON `DB`.* TO %s", "GRANT SELECT ON "+db+".t TO %s", "GRANT SELECT ON "+db+".v TO %s",
				"GRANT SELECT (a) ON "+db+".secret TO %s", bodies[server.Flavour])
			s.red(engine.Block, "source_grants_missing", "SELECT ON `"+db+"`.`secret`")

			s.readAs("GRANT SELECT, TRIGGER ON `DB`.* TO %s")
			routines := map[localdb.Flavour]string{localdb.MariaDB: "SELECT ON `mysql`.`proc`", localdb.MySQL: "SHOW_ROUTINE ON *.*"}
			s.red(engine.Block, "source_grants_missing", "EVENT ON `"+pattern+"`.*", "SHOW VIEW ON `"+db+"`.`v`", routines[server.Flavour])

			s.spec.Tables = []string{"t"}
			s.readAs("GRANT SELECT ON " + db + ".t TO %s")
			s.red(engine.Block, "source_grants_missing", "TRIGGER ON `"+db+"`.`t`")
			s.readAs("GRANT SELECT, TRIGGER ON " + db + ".t TO %s")
			s.green("source_grants_missing")
		})
	}
}

func TestPrivilegesOfActiveRolesCount(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT)")
		role := "r" + s.spec.SourceDatabase
		s.onSource("CREATE ROLE "+role, "GRANT SELECT, TRIGGER, EVENT ON `"+s.spec.SourceDatabase+"`.* TO "+role)
		t.Cleanup(func() { _, _ = server.DB("").Exec("DROP ROLE " + role) })
		s.readAs("GRANT "+role+" TO %s", bodies[server.Flavour])
		require.NotNil(t, objects(s.preflight(), "source_database_missing"), "the role is not active yet")
		if server.Flavour == localdb.MariaDB {
			s.onSource("SET DEFAULT ROLE " + role + " FOR " + s.spec.Source.User)
		} else {
			s.onSource("SET DEFAULT ROLE " + role + " TO " + s.spec.Source.User)
		}
		s.green("source_grants_missing")
	}
}
