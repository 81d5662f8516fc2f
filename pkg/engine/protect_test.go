package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// private starts a server that no other test uses.
func private(t *testing.T, flavour localdb.Flavour) *localdb.Server {
	t.Helper()
	s, err := localdb.Start(t.Context(), localdb.Options{Flavour: flavour})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	return s
}

func TestCopy_DefinitionsStayAsTheyAreUntilItIsDone(t *testing.T) {
	t.Parallel()
	c := slow(t, private(t, localdb.MySQL), testkit.MariaDB(t))
	p, ended := c.start(t, t.Context())
	p.await(t, time.Minute, "rows", begun)
	altered := make(chan error, 1)
	go func() {
		_, err := c.source.db.Exec("ALTER TABLE " + engine.QName(c.spec.SourceDatabase, "digits") + " ADD extra INT")
		altered <- err
	}()
	require.NoError(t, <-ended, "an ALTER of its table would have made the copy fail")
	require.NoError(t, <-altered)
	require.Empty(t, query(t, c.target.db, "SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLUMN_NAME = 'extra'", c.spec.TargetDatabase))
	c.gone(t)
}

func TestCopy_HoldsUpNobodyWhoChangesAnotherDatabase(t *testing.T) {
	t.Parallel()
	c := slow(t, testkit.MySQL(t), testkit.MariaDB(t))
	_, other := testkit.Database(t, testkit.MySQL(t))
	p, ended := c.start(t, t.Context())
	p.await(t, time.Minute, "rows", begun)
	testkit.Exec(t, other, "CREATE TABLE theirs (id INT)")
	select {
	case err := <-ended:
		t.Fatalf("the copy was over first: %v", err)
	default:
	}
	require.NoError(t, <-ended)
}
