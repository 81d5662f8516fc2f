package testkit

import (
	"net"
	"strconv"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/gomodule/redigo/redis"
	"github.com/stretchr/testify/require"

	"database/sql"
	"overmind/pkg/localdb"
)

func TestDatabaseIsDroppedAtTheEnd(t *testing.T) {
	t.Parallel()
	server := MariaDB(t)
	var name string
	t.Run("use", func(t *testing.T) {
		var db *sql.DB
		name, db = Database(t, server)
		Exec(t, db, "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)")
	})
	var left int
	require.NoError(t, admin(t, server).QueryRow("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?", name).Scan(&left))
	require.Zero(t, left)
}

func TestUserHasExactlyItsGrants(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{MariaDB(t), MySQL(t)} {
		name, _ := Database(t, server)
		user, password := User(t, server, `GRANT SELECT ON `+name+`.* TO %s`)
		config := mysql.NewConfig()
		config.User, config.Passwd, config.Net = user, password, "tcp"
		config.Addr = net.JoinHostPort(server.Host, strconv.Itoa(server.Port))
		connector, err := mysql.NewConnector(config)
		require.NoError(t, err)
		db := sql.OpenDB(connector)
		defer db.Close()
		Exec(t, db, "USE "+name)
		_, err = db.Exec("CREATE TABLE " + name + ".t (id INT)")
		require.ErrorContains(t, err, "denied")
	}
}

func TestTheTwoMariaDBsDiffer(t *testing.T) {
	t.Parallel()
	require.NotEqual(t, MariaDB(t).Port, SecondMariaDB(t).Port)
	require.Same(t, MariaDB(t), MariaDB(t))
}

func TestKilledRedisIsGone(t *testing.T) {
	t.Parallel()
	url, kill := Redis(t)
	connection, err := redis.DialURL(url)
	require.NoError(t, err)
	defer connection.Close()
	_, err = connection.Do("SET", "a", "1")
	require.NoError(t, err)
	kill()
	_, err = redis.DialURL(url)
	require.Error(t, err)
}
