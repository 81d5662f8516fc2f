package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
)

// empty opens a store on a fresh database without a schema.
func empty(t *testing.T, server *localdb.Server) (*store.Store, store.Options) {
	t.Helper()
	name, _ := testkit.Database(t, server)
	options := store.Options{Host: server.Host, Port: server.Port, User: "root", Password: secret.New(server.RootPassword), Database: name}
	return open(t, options), options
}

func open(t *testing.T, options store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// onBoth runs a test on MariaDB and on MySQL.
func onBoth(t *testing.T, test func(t *testing.T, server *localdb.Server)) {
	t.Run("MariaDB", func(t *testing.T) { t.Parallel(); test(t, testkit.MariaDB(t)) })
	t.Run("MySQL", func(t *testing.T) { t.Parallel(); test(t, testkit.MySQL(t)) })
}

func TestMigrate_FourAtOnceApplyEachOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, server *localdb.Server) {
		first, options := empty(t, server)
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			s := open(t, options)
			wg.Go(func() { errs[i] = s.Migrate(context.Background()) })
		}
		wg.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		states, err := first.MigrateStatus(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, states)
		for _, state := range states {
			require.False(t, state.AppliedAt.IsZero(), state.Name)
		}
		db := server.DB(options.Database)
		defer db.Close()
		var applied int
		require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM goose_db_version WHERE version_id > 0").Scan(&applied))
		require.Len(t, states, applied, "a migration was applied twice")
	})
}

// Readiness is asked for by status, also while another node migrates for minutes.
func TestMigrateStatus_DoesNotWaitForTheLock(t *testing.T) {
	t.Parallel()
	s, options := empty(t, testkit.MariaDB(t))
	require.NoError(t, s.Migrate(t.Context()))
	other := open(t, options)
	err := other.WithInstallationLock(t.Context(), func(ctx context.Context) error {
		ctx, stop := context.WithTimeout(ctx, 20*time.Second)
		defer stop()
		_, err := s.MigrateStatus(ctx)
		return err
	})
	require.NoError(t, err)
}

func TestMigrate_DownAndUpAgain(t *testing.T) {
	t.Parallel()
	s, _ := empty(t, testkit.MariaDB(t))
	require.NoError(t, s.Migrate(t.Context()))
	states, err := s.MigrateStatus(t.Context())
	require.NoError(t, err)
	for range states {
		require.NoError(t, s.MigrateDown(t.Context()))
	}
	require.NoError(t, s.Migrate(t.Context()))
}

func TestOpen_RefusesAServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), store.Options{Host: "127.0.0.1", Port: 1, User: "root", Database: "x", TLS: "off"})
	require.True(t, fault.Is(err, "database_unreachable"), err)
}

func TestOpen_NamesAnUnknownTLSMode(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), store.Options{Host: "127.0.0.1", Port: 1, TLS: "yes"})
	require.True(t, fault.Is(err, "unknown_value"), err)
}
