package engine_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
	"overmind/pkg/secret"
)

// clientDirs is where Oracle's clients are, as the test servers find them.
func clientDirs(t testing.TB) []string {
	t.Helper()
	dir, err := localdb.MySQLDir()
	require.NoError(t, err)
	return []string{filepath.Join(dir, "bin")}
}

func secretOf(s side) secret.String { return secret.New(s.RootPassword) }
