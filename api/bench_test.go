//go:build bench

package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

const (
	benchRows   = 1_000_000
	benchRounds = 3
)

// TestBench prints the wall time of `overmind copy` beside that of the plain shell pipe: one table, whole processes,
// interleaved rounds, medians and their ratio. It asserts that all copied every row, never how fast.
func TestBench(t *testing.T) {
	for _, flavour := range []localdb.Flavour{localdb.MariaDB, localdb.MySQL} {
		t.Run(string(flavour), func(t *testing.T) { bench(t, flavour) })
	}
}

func bench(t *testing.T, flavour localdb.Flavour) {
	source, target := benchServer(t, flavour), benchServer(t, flavour)
	database, db := testkit.Database(t, source)
	fillBenchTable(t, db, flavour)

	folder := t.TempDir()
	dump, load := "mariadb-dump", "mariadb"
	option := "" // MySQL's dump would set the target's GTIDs, which works once
	if flavour == localdb.MySQL {
		dump, load, option = mysqlClient(t, "mysqldump"), mysqlClient(t, "mysql"), "--set-gtid-purged=OFF"
	}
	plain := &benchRun{name: "mysqldump | mysql", command: func(into string) *exec.Cmd {
		return exec.Command("sh", "-c", fmt.Sprintf("%s --defaults-file=%s --single-transaction %s %s | %s --defaults-file=%s %s",
			dump, optionFile(t, folder, source), option, database, load, optionFile(t, folder, target), into))
	}}
	runs := []*benchRun{plain}
	for _, engine := range []string{"pipe", "native"} {
		runs = append(runs, &benchRun{name: "overmind copy, " + engine, command: func(into string) *exec.Cmd {
			cmd := exec.Command("../bin/overmind", "copy", "--json", "--yes", "--engine", engine,
				"--from", fmt.Sprintf("mysql://root@127.0.0.1:%d/%s", source.Port, database),
				"--to", fmt.Sprintf("mysql://root@127.0.0.1:%d/%s", target.Port, into))
			cmd.Env = append(os.Environ(), "OVERMIND_FROM_PASSWORD="+source.RootPassword, "OVERMIND_TO_PASSWORD="+target.RootPassword,
				"OVERMIND_CLIENT_DIRS="+filepath.Dir(mysqlClient(t, "mysql")))
			return cmd
		}})
	}
	for round := range benchRounds {
		for _, run := range runs {
			run.time(t, target, round)
		}
	}
	fmt.Printf("\n%s: one table, %d rows, primary key and 3 secondary indexes, %d interleaved rounds\n", flavour, benchRows, benchRounds)
	for _, run := range runs {
		fmt.Printf("%-22s median %6.2f s   ratio %.2f   %v\n", run.name, run.median().Seconds(),
			run.median().Seconds()/plain.median().Seconds(), run.seconds)
	}
}

func benchServer(t *testing.T, flavour localdb.Flavour) *localdb.Server {
	t.Helper()
	server, err := localdb.Start(t.Context(), localdb.Options{Dir: t.TempDir(), Flavour: flavour, Settings: map[string]string{"local_infile": "ON"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}

// mysqlClient is a client program of the MySQL that the test servers use.
func mysqlClient(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("OVERMIND_MYSQL_DIR")
	if dir == "" {
		cache, err := os.UserCacheDir()
		require.NoError(t, err)
		dir = filepath.Join(cache, "overmind", "mysql9")
	}
	return filepath.Join(dir, "bin", name)
}

type benchRun struct {
	name    string
	command func(into string) *exec.Cmd
	seconds []time.Duration
}

func (r *benchRun) time(t *testing.T, target *localdb.Server, round int) {
	into, db := testkit.Database(t, target)
	command := r.command(into)
	started := time.Now()
	out, err := command.CombinedOutput()
	took := time.Since(started).Round(10 * time.Millisecond)
	require.NoErrorf(t, err, "%s: %s", r.name, out)
	r.seconds = append(r.seconds, took)
	var rows int
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM orders").Scan(&rows))
	require.Equal(t, benchRows, rows)
	fmt.Printf("round %d  %-22s %v\n", round+1, r.name, took)
	_, err = db.Exec("DROP TABLE orders")
	require.NoError(t, err)
}

func (r *benchRun) median() time.Duration {
	sorted := slices.Sorted(slices.Values(r.seconds))
	return sorted[len(sorted)/2]
}

func fillBenchTable(t *testing.T, db *sql.DB, flavour localdb.Flavour) {
	t.Helper()
	connection, err := db.Conn(context.Background())
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close()) }()
	depth := "max_recursive_iterations"
	if flavour == localdb.MySQL {
		depth = "cte_max_recursion_depth"
	}
	for _, statement := range []string{
		`SET ` + depth + ` = 100000000`,
		`CREATE TABLE orders (id BIGINT UNSIGNED PRIMARY KEY, customer INT NOT NULL, placed DATETIME NOT NULL, amount DECIMAL(12,2) NOT NULL,
			reference CHAR(56) NOT NULL, note VARCHAR(200) NOT NULL, KEY customer (customer), KEY placed (placed), KEY reference (reference))`,
		fmt.Sprintf(`INSERT INTO orders WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			SELECT i, CRC32(i) %% 50000, '2020-01-01' + INTERVAL CRC32(i * 7) %% 150000000 SECOND, (CRC32(i * 13) %% 1000000) / 100, SHA2(i, 224),
			CONCAT('order ', i, ' of "customer" ', CRC32(i) %% 50000, ', it''s fine') FROM n`, benchRows),
	} {
		_, err := connection.ExecContext(context.Background(), statement)
		require.NoError(t, err)
	}
}

func optionFile(t *testing.T, folder string, s *localdb.Server) string {
	t.Helper()
	path := filepath.Join(folder, fmt.Sprint(s.Port))
	content := fmt.Sprintf("[client]\nhost=127.0.0.1\nport=%d\nuser=root\npassword=%q\n", s.Port, s.RootPassword)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
