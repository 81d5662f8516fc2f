package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestProgramsThatWriteNamesInAnotherCaseAreNamed(t *testing.T) {
	t.Parallel()
	source, err := localdb.Start(t.Context(), localdb.Options{Settings: map[string]string{"lower_case_table_names": "1"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, source.Kill()) })
	programs := []string{
		"CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(9))",
		"CREATE PROCEDURE p() SELECT * FROM Users",
		"CREATE PROCEDURE q() SELECT u.id FROM users u WHERE U.name = 'Users'",
		"CREATE TRIGGER tr BEFORE INSERT ON Users FOR EACH ROW SET new.name = CONCAT(NEW.name, 'USERS')",
		"CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2036-01-01' DISABLE DO DELETE FROM `USERS`",
		"CREATE PROCEDURE fine() SELECT u.Id, u.ID FROM users u WHERE Name = 'Users'",
		"CREATE VIEW v AS SELECT U.id FROM Users u",
	}
	s := between(t, source, testkit.MariaDB(t)).onSource(programs...)
	s.red(engine.Confirm, "name_case_differs", "event e (USERS)", "procedure p (Users)", "procedure q (U, u)")
	between(t, source, source).onSource(programs...).green("name_case_differs")
}
