package engine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

func TestDropStaging_KeepsWhatForeignKeysOfOtherDatabasesLeadTo(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		t.Run(string(server.Flavour), func(t *testing.T) {
			t.Parallel()
			e, kept := engine.New(engine.Options{}), engine.NewNames(1).Old
			root := server.DB("")
			t.Cleanup(func() { require.NoError(t, root.Close()) })
			_, others := testkit.Database(t, server)
			for _, statement := range []string{
				"CREATE DATABASE %", "CREATE TABLE %.parent (id INT PRIMARY KEY)", "INSERT INTO %.parent VALUES (7)",
				"CREATE TABLE %.child (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES %.parent (id))",
				"CREATE TABLE %.one (id INT PRIMARY KEY)", "CREATE TABLE %.two (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES %.one (id))",
				"ALTER TABLE %.one ADD FOREIGN KEY (id) REFERENCES %.two (id)", "CREATE TABLE %.zero (a INT)",
			} {
				testkit.Exec(t, root, strings.ReplaceAll(statement, "%", kept))
			}
			testkit.Exec(t, others, "CREATE TABLE theirs (id INT PRIMARY KEY, CONSTRAINT to_kept FOREIGN KEY (id) REFERENCES "+kept+".parent (id))")
			user, password := testkit.User(t, server, "GRANT ALL ON `\\_om\\_%`.* TO %s")
			at := engine.Endpoint{Host: server.Host, Port: server.Port, User: user, Password: secret.New(password)}

			err := e.DropStaging(t.Context(), at, kept)
			require.True(t, fault.Is(err, "kept_referenced"), "%v", err)
			testkit.Exec(t, others, "INSERT INTO theirs VALUES (7)")
			assert.Equal(t, []string{"true:7"}, query(t, root, "SELECT * FROM "+kept+".parent"))

			testkit.Exec(t, others, "ALTER TABLE theirs DROP FOREIGN KEY to_kept")
			require.NoError(t, e.DropStaging(t.Context(), at, kept))
			assert.Empty(t, query(t, root, "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", kept))
		})
	}
}
