package native

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// A replica does not log what it replicates unless it is told to, and a server may leave databases out of its log: then
// snapshots of different states have the same position.
func TestShare_TrustsNoPositionWhereWritesAreNotLogged(t *testing.T) {
	t.Parallel()
	primary, replica := ownMariaDB(t, nil), ownMariaDB(t, nil)
	follow(t, replica, primary)
	name, moved := linked(t, primary)
	copied := replica.DB(name)
	t.Cleanup(func() { require.NoError(t, copied.Close()) })
	testkit.Eventually(t, 60*time.Second, "the replica has the rows", func() bool {
		var rows int
		return copied.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM a").Scan(&rows) == nil && rows == 200
	})
	stop := writers(t, moved, plain)
	defer stop()
	sessions := conns(t, copied, 5)
	got, err := Share(t.Context(), Source{MariaDB: true, Lock: sessions[4], Tables: []string{"a", "b"}}, sessions[:4])
	require.NoError(t, err)
	seen(t, got.Conns, got.Release)
	require.NotEqual(t, "binlog position", got.Rung)

	silent, db := linked(t, ownMariaDB(t, map[string]string{"binlog_ignore_db": "unlogged"}))
	sessions = conns(t, db, 3)
	got, err = Share(t.Context(), Source{MariaDB: true, Lock: sessions[2], Tables: []string{"`" + silent + "`.a"}}, sessions[:2])
	require.NoError(t, err)
	require.Equal(t, "backup stage", got.Rung)
}

// XA COMMIT moves the position before the rows are seen.
func TestShare_TrustsNoPositionWhereTransactionsArePrepared(t *testing.T) {
	t.Parallel()
	server := ownMariaDB(t, nil)
	name, db := linked(t, server)
	source := Source{MariaDB: true, Tables: []string{"`" + name + "`.a", "`" + name + "`.b"}}
	for _, want := range []string{"binlog position", "backup stage"} {
		sessions := conns(t, db, 4)
		source.Lock = sessions[3]
		got, err := Share(t.Context(), source, sessions[:3])
		require.NoError(t, err)
		require.Equal(t, want, got.Rung, "%v", got.Missed)
		require.NoError(t, xa.run(conns(t, db, 1)[0], 1))
	}
}

func ownMariaDB(t *testing.T, settings map[string]string) *localdb.Server {
	t.Helper()
	server, err := localdb.Start(t.Context(), localdb.Options{Flavour: localdb.MariaDB, Settings: settings})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}

// follow makes replica replicate everything from primary.
func follow(t *testing.T, replica, primary *localdb.Server) {
	t.Helper()
	db := replica.DB("")
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	testkit.Exec(t, db, fmt.Sprintf("CHANGE MASTER TO MASTER_HOST='%s', MASTER_PORT=%d, MASTER_USER='root', MASTER_PASSWORD='%s', MASTER_USE_GTID=slave_pos",
		primary.Host, primary.Port, primary.RootPassword), "START SLAVE")
}
