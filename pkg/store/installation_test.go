package store_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
	"overmind/pkg/secret"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
)

func openInstallation(t *testing.T) *store.Store {
	t.Helper()
	server := testkit.MariaDB(t)
	name, _ := testkit.Database(t, server)
	s, err := store.Open(t.Context(), store.Options{
		Host: server.Host, Port: server.Port, User: "root", Password: secret.New(server.RootPassword), Database: name})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

func ensureIn(t *testing.T, s *store.Store, path string) (check string, err error) {
	t.Helper()
	err = s.EnsureKeys(t.Context(), func(known string) (string, error) {
		_, made, err := secret.Ensure(path, known)
		check = made
		return made, err
	})
	return check, err
}

func TestStore_EnsureKeys(t *testing.T) {
	t.Parallel()
	t.Run("FourNodesAgree", func(t *testing.T) {
		t.Parallel()
		s, path := openInstallation(t), filepath.Join(t.TempDir(), "keys.json")
		checks, errs := make([]string, 4), make([]error, 4)
		var group sync.WaitGroup
		for i := range checks {
			group.Go(func() { checks[i], errs[i] = ensureIn(t, s, path) })
		}
		group.Wait()
		for i := range checks {
			require.NoError(t, errs[i])
			require.Equal(t, checks[0], checks[i])
		}
	})
	t.Run("NodeWithOtherKeysIsRefused", func(t *testing.T) {
		t.Parallel()
		s, path := openInstallation(t), filepath.Join(t.TempDir(), "keys.json")
		_, err := ensureIn(t, s, path)
		require.NoError(t, err)
		other := filepath.Join(t.TempDir(), "keys.json")
		_, err = ensureIn(t, s, other)
		require.True(t, fault.Is(err, "keys_missing"), err)
		_, _, err = secret.Ensure(other, "")
		require.NoError(t, err)
		_, err = ensureIn(t, s, other)
		require.True(t, fault.Is(err, "keys_mismatch"), err)
	})
}
