package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestADatabaseIsNotCopiedOntoItselfWhateverTheAddress(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, server).onSource("CREATE TABLE t (a INT)")
		s.green("source_is_target")
		require.NotNil(t, objects(s.preflight(), "same_server"))
		s.spec.Target.Host = "localhost"
		s.spec.TargetDatabase = s.spec.SourceDatabase
		s.red(engine.Block, "source_is_target", s.spec.SourceDatabase)
	}
}

func TestSameNameOnAnotherServerIsFine(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (a INT)")
	s.spec.TargetDatabase = s.spec.SourceDatabase
	s.green("source_is_target")
	s.green("same_server")
}
