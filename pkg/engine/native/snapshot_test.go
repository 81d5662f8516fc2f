package native

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// writers move rows between two tables, one row in each transaction, until stop is called.
func writers(t *testing.T, db *sql.DB) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for w := range 2 {
		group.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				from, to := "a", "b"
				if i%2 == 1 {
					from, to = "b", "a"
				}
				tx, err := db.BeginTx(context.Background(), nil)
				if err != nil {
					continue
				}
				id := w*100 + i/2%100
				_, err1 := tx.Exec(fmt.Sprintf("DELETE FROM %s WHERE id = ?", from), id)
				_, err2 := tx.Exec(fmt.Sprintf("INSERT INTO %s VALUES (?)", to), id)
				if err1 != nil || err2 != nil {
					_ = tx.Rollback()
					continue
				}
				_ = tx.Commit()
			}
		})
	}
	return func() { cancel(); group.Wait() }
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
func seen(t *testing.T, sessions []*sql.Conn) {
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
		}
		require.Len(t, ids, 200)
		for id, n := range ids {
			require.Equal(t, 1, n, "row %d", id)
		}
	}
}

func TestShare_EveryRungShowsOneStateWhileRowsMove(t *testing.T) {
	t.Parallel()
	maria, oracle := testkit.MariaDB(t), testkit.MySQL(t)
	for _, test := range []struct {
		server *localdb.Server
		rung   int
	}{{maria, 0}, {maria, 1}, {maria, 3}, {oracle, 2}, {oracle, 3}} {
		r := rungs[test.rung]
		t.Run(fmt.Sprintf("%s on %s", r.name, test.server.Flavour), func(t *testing.T) {
			t.Parallel()
			name, db := linked(t, test.server)
			stop := writers(t, db)
			defer stop()
			taken := 0
			for range 40 {
				sessions := conns(t, db, 5)
				s := Source{MariaDB: test.server.Flavour == localdb.MariaDB, Lock: sessions[4], Tables: []string{"`" + name + "`.a", "`" + name + "`.b"}}
				for _, conn := range sessions {
					_, err := conn.ExecContext(t.Context(), "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
					require.NoError(t, err)
				}
				if _, err := r.take(t.Context(), s, sessions[:4]); err == nil {
					seen(t, sessions[:4])
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
	}{
		"MariaDB":                {testkit.MariaDB(t), "GRANT SELECT ON SCHEMA.* TO %s", []string{"binlog position"}, 3},
		"MySQL with RELOAD":      {testkit.MySQL(t), "GRANT SELECT, LOCK TABLES, RELOAD, PROCESS ON *.* TO %s", []string{"global read lock", "table locks"}, 3},
		"MySQL with table locks": {testkit.MySQL(t), "GRANT SELECT, LOCK TABLES ON SCHEMA.* TO %s", []string{"table locks"}, 3},
		"MySQL with SELECT only": {testkit.MySQL(t), "GRANT SELECT ON SCHEMA.* TO %s", []string{"one session"}, 1},
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
			seen(t, got.Conns)
		})
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

func TestHold_GivesUpWhenItTakesTooLong(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		t.Run(string(server.Flavour), func(t *testing.T) {
			t.Parallel()
			name, db := linked(t, server)
			sessions := conns(t, db, 2)
			s := Source{MariaDB: server.Flavour == localdb.MariaDB, Lock: sessions[0], Tables: []string{"`" + name + "`.a"}}
			opened := 0
			_, err := Hold(t.Context(), s, sessions[1], func(ctx context.Context) error {
				opened++
				<-ctx.Done()
				return ctx.Err()
			})
			var not *NotHeld
			require.ErrorAs(t, err, &not)
			require.NotZero(t, opened)
			testkit.Exec(t, db, "DELETE FROM a WHERE id = 1") // nothing is held any more
			_, err = Hold(t.Context(), s, sessions[1], func(context.Context) error { return errUnfit })
			require.ErrorIs(t, err, errUnfit, "an error of its own is not a lock that was not possible")
		})
	}
}
