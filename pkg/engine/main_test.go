package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/secret"
)

// clientDirs is where Oracle's clients are, as the test servers find them.
func clientDirs(t testing.TB) []string {
	t.Helper()
	dir := os.Getenv("OVERMIND_MYSQL_DIR")
	if dir == "" {
		cache, err := os.UserCacheDir()
		require.NoError(t, err)
		dir = filepath.Join(cache, "overmind", "mysql9")
	}
	return []string{filepath.Join(dir, "bin")}
}

func secretOf(s side) secret.String { return secret.New(s.RootPassword) }
