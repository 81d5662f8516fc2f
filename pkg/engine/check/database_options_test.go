package check

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestOptionsThatANewDatabaseDoesNotGetAreNamed(t *testing.T) {
	t.Parallel()
	onNew := func(source, target *localdb.Server, option string) *sides {
		s := between(t, source, target).onSource("CREATE TABLE t (id INT PRIMARY KEY)", "ALTER DATABASE "+option)
		s.spec.TargetDatabase += "_new"
		return s
	}
	onNew(testkit.MariaDB(t), testkit.MySQL(t), "COMMENT 'x'").red(engine.Confirm, "database_option_lost", "COMMENT")
	onNew(testkit.MariaDB(t), testkit.SecondMariaDB(t), "COMMENT 'x'").green("database_option_lost")
	s := onNew(testkit.MySQL(t), testkit.SecondMySQL(t), "READ ONLY = 1")
	t.Cleanup(func() {
		_, err := s.source.Exec("ALTER DATABASE READ ONLY = 0")
		require.NoError(t, err)
	})
	s.red(engine.Confirm, "database_option_lost", "READ ONLY")
	s.spec.TargetDatabase = strings.TrimSuffix(s.spec.TargetDatabase, "_new") // which is there
	s.green("database_option_lost")
}

func TestEncryptionOfADatabaseThatAnOlderTargetDoesNotHaveIsNamed(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.SecondMySQL(t))
	s.onSource("ALTER DATABASE " + engine.Ident(s.spec.SourceDatabase) + " ENCRYPTION 'Y'")
	s.spec.TargetDatabase += "_new"
	s.green("database_option_lost")
	for _, version := range []string{"5.7.44", "8.0.15"} {
		findings, err := databaseOptions(t.Context(), engine.CheckInput{Spec: s.spec, Source: s.source, Target: s.target, TargetServer: engine.Server{Flavour: engine.MySQL, Version: version}})
		require.NoError(t, err)
		require.Equal(t, []string{"ENCRYPTION"}, objects(findings, "database_option_lost"), version)
	}
}
