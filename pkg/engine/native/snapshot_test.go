package native

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// transaction is a kind of one: its statements, in which ID stands for a number.
type transaction struct {
	name                    string
	begin, commit, rollback []string
}

var (
	plain = transaction{"plain", []string{"START TRANSACTION"}, []string{"COMMIT"}, []string{"ROLLBACK"}}
	xa    = transaction{"XA", []string{"XA START 'omID'"}, []string{"XA END 'omID'", "XA PREPARE 'omID'", "XA COMMIT 'omID'"}, []string{"XA END 'omID'", "XA ROLLBACK 'omID'"}}
)

// run executes the transaction, or what can be of its end.
func (x transaction) run(conn *sql.Conn, id int, statements ...string) error {
	execute := func(statement string) error {
		_, err := conn.ExecContext(context.Background(), strings.ReplaceAll(statement, "ID", strconv.Itoa(id)))
		return err
	}
	for _, statement := range slices.Concat(x.begin, statements, x.commit) {
		if err := execute(statement); err != nil {
			for _, statement := range x.rollback {
				_ = execute(statement)
			}
			return err
		}
	}
	return nil
}

// writers move rows between two tables, one row in each transaction, until stop is called. It tells how long the
// longest transaction took.
func writers(t *testing.T, db *sql.DB, each transaction) (stop func() time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	var longest [2]time.Duration
	for w := range longest {
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		group.Go(func() {
			defer conn.Close()
			for i := 0; ctx.Err() == nil; i++ {
				began := time.Now()
				from, to := "a", "b"
				if i%2 == 1 {
					from, to = "b", "a"
				}
				id := w*100 + i/2%100
				if each.run(conn, id, "DELETE FROM "+from+" WHERE id = ID", "INSERT INTO "+to+" VALUES (ID)") == nil {
					longest[w] = max(longest[w], time.Since(began))
				}
			}
		})
	}
	return func() time.Duration { cancel(); group.Wait(); return max(longest[0], longest[1]) }
}

func linked(t *testing.T, s *localdb.Server) (name string, db *sql.DB) {
	t.Helper()
	name, db = testkit.Database(t, s)
	testkit.Exec(t, db, "CREATE TABLE a (id INT PRIMARY KEY)", "CREATE TABLE b (id INT PRIMARY KEY)")
	for id := range 200 {
		testkit.Exec(t, db, fmt.Sprintf("INSERT INTO a VALUES (%d)", id))
	}
	return name, db
}

func conns(t *testing.T, db *sql.DB, n int) []*sql.Conn {
	t.Helper()
	var list []*sql.Conn
	for range n {
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		t.Cleanup(func() { end(conn) })
		list = append(list, conn)
	}
	return list
}

// end closes a session for good, and with it its transaction and its locks.
func end(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}

// seen reads one table in each session: together they must hold every row once.
func seen(t *testing.T, sessions []*sql.Conn, release string) {
	t.Helper()
	for i := range len(sessions) - 1 {
		ids := map[int]int{}
		for j, table := range []string{"a", "b"} {
			rows, err := sessions[i+j].QueryContext(t.Context(), "SELECT id FROM "+table)
			require.NoError(t, err)
			for rows.Next() {
				var id int
				require.NoError(t, rows.Scan(&id))
				ids[id]++
			}
			require.NoError(t, rows.Err())
			if release != "" {
				_, err = sessions[i+j].ExecContext(t.Context(), release)
				require.NoError(t, err)
			}
		}
		require.Len(t, ids, 200)
		for id, n := range ids {
			require.Equal(t, 1, n, "row %d", id)
		}
	}
}

func TestShare_EveryRungShowsOneStateWhileRowsMove(t *testing.T) {
	t.Parallel()
	maria, oracle, prepares := testkit.MariaDB(t), testkit.MySQL(t), ownMariaDB(t, nil)
	for _, test := range []struct {
		server  *localdb.Server
		rung    string
		written transaction
	}{
		{maria, "binlog position", plain}, {maria, "backup stage", plain}, {maria, "table locks", plain}, {oracle, "global read lock", plain}, {oracle, "table locks", plain},
		{prepares, "backup stage", xa}, {prepares, "table locks", xa}, {oracle, "global read lock", xa}, {oracle, "table locks", xa},
	} {
		r := rungs[slices.IndexFunc(rungs, func(r rung) bool { return r.name == test.rung })]
		t.Run(fmt.Sprintf("%s on %s, %s", r.name, test.server.Flavour, test.written.name), func(t *testing.T) {
			t.Parallel()
			name, db := linked(t, test.server)
			stop := writers(t, db, test.written)
			taken := 0
			defer func() {
				t.Logf("%s on %s: one state in %d snapshots, longest wait of a writer %s", r.name, test.server.Flavour, taken, stop().Round(time.Millisecond))
			}()
			for range 40 {
				sessions := conns(t, db, 5)
				s := Source{MariaDB: test.server.Flavour == localdb.MariaDB, Lock: sessions[4], Tables: []string{"`" + name + "`.a", "`" + name + "`.b"}}
				for _, conn := range sessions {
					_, err := conn.ExecContext(t.Context(), "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
					require.NoError(t, err)
				}
				if _, err := r.take(t.Context(), s, sessions[:4]); err == nil {
					got, err := releasable(t.Context(), Source{Lets: test.server.Flavour == localdb.MySQL}, Snapshot{Conns: sessions[:4]})
					require.NoError(t, err)
					seen(t, got.Conns, got.Release)
					taken++
				}
				for _, conn := range sessions {
					end(conn)
				}
				if taken == 5 {
					return
				}
			}
			t.Fatalf("taken %d times of 40", taken)
		})
	}
}

func TestShare_TakesTheBestRungTheAccountMayUse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server *localdb.Server
		grant  string
		rungs  []string
		conns  int
		known  bool // the position
	}{
		"MariaDB":                {testkit.MariaDB(t), "GRANT SELECT, BINLOG MONITOR ON *.* TO %s", []string{"binlog position"}, 3, true},
		"MariaDB with SELECT":    {testkit.MariaDB(t), "GRANT SELECT ON SCHEMA.* TO %s", []string{"one session"}, 1, true},
		"MariaDB with LOCK":      {testkit.MariaDB(t), "GRANT SELECT, LOCK TABLES ON SCHEMA.* TO %s", []string{"table locks"}, 3, true},
		"MySQL with RELOAD":      {testkit.MySQL(t), "GRANT SELECT, LOCK TABLES, RELOAD, PROCESS ON *.* TO %s", []string{"table locks"}, 3, true},
		"MySQL with table locks": {testkit.MySQL(t), "GRANT SELECT, LOCK TABLES ON SCHEMA.* TO %s", []string{"table locks"}, 3, true},
		"MySQL with SELECT only": {testkit.MySQL(t), "GRANT SELECT ON SCHEMA.* TO %s", []string{"one session"}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schema, _ := linked(t, test.server)
			db := account(t, test.server, schema, strings.ReplaceAll(test.grant, "SCHEMA", schema))
			sessions := conns(t, db, 4)
			got, err := Share(t.Context(), Source{MariaDB: test.server.Flavour == localdb.MariaDB, Lock: sessions[3], Tables: []string{"`" + schema + "`.a", "`" + schema + "`.b"}}, sessions[:3])
			require.NoError(t, err)
			require.Contains(t, test.rungs, got.Rung, "%v", got.Missed)
			require.Len(t, got.Conns, test.conns)
			require.Equal(t, test.known, got.Position != "", "%q", got.Position)
			seen(t, got.Conns, got.Release)
		})
	}
}

func TestShare_LetsWritersGoOnWhenALongStatementIsInTheWay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		server *localdb.Server
		rung   string
		long   string
	}{
		{testkit.MariaDB(t), "backup stage", "BACKUP STAGE START"},
		{testkit.MySQL(t), "global read lock", "LOCK TABLES a WRITE"},
		{testkit.MySQL(t), "table locks", "LOCK TABLES a WRITE"},
		{testkit.MariaDB(t), "table locks", "LOCK TABLES a WRITE"},
	} {
		t.Run(fmt.Sprintf("%s on %s", test.rung, test.server.Flavour), func(t *testing.T) {
			t.Parallel()
			name, db := linked(t, test.server)
			sessions := conns(t, db, 4)
			_, err := sessions[3].ExecContext(t.Context(), test.long)
			require.NoError(t, err)
			r := rungs[slices.IndexFunc(rungs, func(r rung) bool { return r.name == test.rung })]
			s := Source{MariaDB: test.server.Flavour == localdb.MariaDB, Lock: sessions[2], Tables: []string{"`" + name + "`.a", "`" + name + "`.b"}}
			_, err = r.take(t.Context(), s, sessions[:2])
			require.Error(t, err)
			testkit.Exec(t, db, "DELETE FROM b") // nothing of ours is in its way
		})
	}
}

func TestShare_ClonesASnapshotOnlyWhereTheServerCan(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		_, db := linked(t, server)
		sessions := conns(t, db, 2)
		_, err := byClone(t.Context(), Source{}, sessions)
		require.ErrorIs(t, err, errUnfit)
		require.Error(t, clone(t.Context(), sessions), "a server that says it can and then refuses")
		require.NoError(t, begin(t.Context(), sessions), "another way can be tried after it")
	}
}

// account opens a database as a fresh account with one grant.
func account(t *testing.T, s *localdb.Server, schema, grant string) *sql.DB {
	t.Helper()
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd = testkit.User(t, s, grant)
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)), schema
	connector, err := mysql.NewConnector(cfg)
	require.NoError(t, err)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestShare_LeavesTablesOfOtherDatabasesAlone(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		_, strange := linked(t, server)
		name, db := linked(t, server)
		sessions := conns(t, db, 3)
		reader := conns(t, strange, 2)
		_, err := reader[0].ExecContext(t.Context(), "LOCK TABLES a READ")
		require.NoError(t, err)
		_, err = Share(t.Context(), Source{MariaDB: server.Flavour == localdb.MariaDB, Lock: sessions[2], Tables: []string{"`" + name + "`.a", "`" + name + "`.b"}}, sessions[:2])
		require.NoError(t, err)
		_, err = reader[1].ExecContext(t.Context(), "SET SESSION lock_wait_timeout=1")
		require.NoError(t, err)
		_, err = reader[1].ExecContext(t.Context(), "SELECT COUNT(*) FROM a")
		require.NoError(t, err, "%s: nobody writes to it", server.Flavour)
	}
}

func TestHold_GivesUpWhenItTakesTooLong(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		t.Run(string(server.Flavour), func(t *testing.T) {
			t.Parallel()
			name, db := linked(t, server)
			sessions := conns(t, db, 2)
			s := Source{MariaDB: server.Flavour == localdb.MariaDB, Lock: sessions[0], Tables: []string{"`" + name + "`.a"}}
			opened := 0
			_, _, err := Hold(t.Context(), s, sessions[1], func(ctx context.Context) error {
				opened++
				<-ctx.Done()
				return ctx.Err()
			})
			var not *NotHeld
			require.ErrorAs(t, err, &not)
			require.NotZero(t, opened)
			testkit.Exec(t, db, "DELETE FROM a WHERE id = 1") // nothing is held any more
			_, _, err = Hold(t.Context(), s, sessions[1], func(context.Context) error { return errUnfit })
			require.ErrorIs(t, err, errUnfit, "an error of its own is not a lock that was not possible")
		})
	}
}
