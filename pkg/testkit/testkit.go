// Package testkit gives tests real servers in one line. A server that cannot be started fails the test.
package testkit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
)

// shared is a server of the test process: started by the first test that asks, in a temporary folder, and ended with
// the process.
type shared struct {
	options localdb.Options
	once    sync.Once
	server  *localdb.Server
	err     error
}

func (s *shared) get(t testing.TB) *localdb.Server {
	t.Helper()
	s.once.Do(func() { s.server, s.err = localdb.Start(context.Background(), s.options) })
	require.NoError(t, s.err)
	return s.server
}

var (
	mariaDB       = shared{options: localdb.Options{Flavour: localdb.MariaDB}}
	secondMariaDB = shared{options: localdb.Options{Flavour: localdb.MariaDB}}
	mySQL         = shared{options: localdb.Options{Flavour: localdb.MySQL}}
	secondMySQL   = shared{options: localdb.Options{Flavour: localdb.MySQL}}
)

// MariaDB is the MariaDB server that all tests of the process share.
func MariaDB(t testing.TB) *localdb.Server { t.Helper(); return mariaDB.get(t) }

// SecondMariaDB is another MariaDB server than MariaDB's, for the other side of a copy.
func SecondMariaDB(t testing.TB) *localdb.Server { t.Helper(); return secondMariaDB.get(t) }

// MySQL is the MySQL 9 server that all tests of the process share.
func MySQL(t testing.TB) *localdb.Server { t.Helper(); return mySQL.get(t) }

// SecondMySQL is another MySQL server than MySQL's, for the other side of a copy.
func SecondMySQL(t testing.TB) *localdb.Server { t.Helper(); return secondMySQL.get(t) }

// Database makes a database of its own for the test and drops it at the end; db is connected to it as root.
func Database(t testing.TB, s *localdb.Server) (name string, db *sql.DB) {
	t.Helper()
	name = "test_" + unique()
	Exec(t, admin(t, s), "CREATE DATABASE "+name)
	db = s.DB(name)
	t.Cleanup(func() {
		_, err := db.Exec("DROP DATABASE IF EXISTS " + name)
		require.NoError(t, err)
		require.NoError(t, db.Close())
	})
	return name, db
}

// Exec runs the statements one by one.
func Exec(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// User makes an account for the test and drops it at the end. Every %s in a grant becomes the account:
// "GRANT SELECT ON shop.* TO %s".
func User(t testing.TB, s *localdb.Server, grants ...string) (user, password string) {
	t.Helper()
	user, password = "u_"+unique(), rand.Text()
	account := "'" + user + "'@'%'"
	db := admin(t, s)
	Exec(t, db, "CREATE USER "+account+" IDENTIFIED BY '"+password+"'")
	t.Cleanup(func() {
		_, err := db.Exec("DROP USER " + account)
		require.NoError(t, err)
	})
	for _, grant := range grants {
		Exec(t, db, strings.ReplaceAll(grant, "%s", account))
	}
	return user, password
}

// Eventually waits until cond holds and fails the test, saying what it waited for, when it does not within the limit.
func Eventually(t testing.TB, within time.Duration, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

func admin(t testing.TB, s *localdb.Server) *sql.DB {
	t.Helper()
	db := s.DB("")
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func unique() string { return strings.ToLower(rand.Text()[:12]) }
