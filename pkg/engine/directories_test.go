package engine_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/testkit"
)

func TestCopy_MakesNoTableWhoseFilesTheTargetWouldLose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o777)) // for the servers
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t), "CREATE TABLE t (id INT PRIMARY KEY) DATA DIRECTORY='"+dir+"'")
	_, err := c.run(t, engine.Hooks{})
	require.True(t, fault.Is(err, engine.DefinitionRefused), "%v", err)
	c.gone(t)
}
