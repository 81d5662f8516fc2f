package check

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestDefinersUnknownOnTheTargetAreListed(t *testing.T) {
	t.Parallel()
	for _, source := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, source, testkit.SecondMariaDB(t))
		user, _ := testkit.User(t, source)
		account := user + "@%"
		definer := "CREATE DEFINER='" + user + "'@'%' "
		s.onSource("CREATE TABLE t (a INT)", definer+"VIEW v AS SELECT 1 AS one", definer+"FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1",
			definer+"TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1", definer+"EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2036-01-01' DO SELECT 1",
			"CREATE VIEW kept AS SELECT 1 AS one")
		found := s.red(engine.Confirm, "definer_replaced", "event e ("+account+")", "function f ("+account+")", "trigger r ("+account+")", "view v ("+account+")")
		require.Contains(t, found.Remedy.EN, account)
		s.spec.Tables = []string{"t"}
		s.red(engine.Confirm, "definer_replaced", "trigger r ("+account+")")
		s.onTarget("CREATE USER '" + user + "'@'%'")
		s.green("definer_replaced")
		s.onTarget("DROP USER '" + user + "'@'%'")
	}
}

func TestDefinerThatMySQLProtectsIsNotKept(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MySQL(t)).onSource("CREATE DEFINER=root@localhost VIEW v AS SELECT 1 AS one")
	s.loadAs("GRANT ALL PRIVILEGES ON *.* TO %s", "REVOKE SYSTEM_USER ON *.* FROM %s")
	s.red(engine.Confirm, "definer_replaced", "view v (root@localhost)")
	s.loadAs("GRANT ALL PRIVILEGES ON *.* TO %s")
	s.green("definer_replaced")
}

func TestRoleIsADefinerOfEveryKindOfProgramAlike(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t))
	role := "r_" + s.spec.SourceDatabase
	definer := "CREATE DEFINER=" + role + " "
	drop := func(db *sql.DB) {
		t.Cleanup(func() {
			_, err := db.Exec("DROP ROLE IF EXISTS " + role)
			require.NoError(t, err)
		})
	}
	drop(s.source)
	drop(s.target)
	s.onSource("CREATE ROLE "+role, "CREATE TABLE t (a INT)", definer+"VIEW v AS SELECT 1 AS one", definer+"PROCEDURE p() SELECT 1",
		definer+"TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1", definer+"EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2036-01-01' DO SELECT 1")
	s.red(engine.Confirm, "definer_replaced", "event e ("+role+")", "procedure p ("+role+")", "trigger r ("+role+")", "view v ("+role+")")
	s.onTarget("CREATE ROLE " + role).green("definer_replaced")
}
