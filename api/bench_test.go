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
	benchRounds = 5
)

// TestBench prints the wall time of `overmind copy` beside that of the plain shell pipe: one table, whole processes,
// interleaved rounds, medians and their ratio. It asserts that both copied every row, never how fast.
func TestBench(t *testing.T) {
	source, target := testkit.MariaDB(t), testkit.SecondMariaDB(t)
	database, db := testkit.Database(t, source)
	fillBenchTable(t, db)

	folder := t.TempDir()
	plain := benchRun{name: "mysqldump | mysql", command: func(into string) *exec.Cmd {
		return exec.Command("sh", "-c", fmt.Sprintf("mariadb-dump --defaults-file=%s --single-transaction %s | mariadb --defaults-file=%s %s",
			optionFile(t, folder, source), database, optionFile(t, folder, target), into))
	}}
	ours := benchRun{name: "overmind copy", command: func(into string) *exec.Cmd {
		cmd := exec.Command("../bin/overmind", "copy", "--json", "--yes",
			"--from", fmt.Sprintf("mysql://root@127.0.0.1:%d/%s", source.Port, database),
			"--to", fmt.Sprintf("mysql://root@127.0.0.1:%d/%s", target.Port, into))
		cmd.Env = append(os.Environ(), "OVERMIND_FROM_PASSWORD="+source.RootPassword, "OVERMIND_TO_PASSWORD="+target.RootPassword)
		return cmd
	}}
	for round := range benchRounds {
		for _, run := range []*benchRun{&plain, &ours} {
			run.time(t, target, round)
		}
	}
	fmt.Printf("\none table, %d rows, primary key and 3 secondary indexes, %d interleaved rounds\n", benchRows, benchRounds)
	for _, run := range []*benchRun{&plain, &ours} {
		fmt.Printf("%-20s median %6.2f s   ratio %.2f   %v\n", run.name, run.median().Seconds(),
			run.median().Seconds()/plain.median().Seconds(), run.seconds)
	}
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
	fmt.Printf("round %d  %-20s %v\n", round+1, r.name, took)
	_, err = db.Exec("DROP TABLE orders")
	require.NoError(t, err)
}

func (r *benchRun) median() time.Duration {
	sorted := slices.Sorted(slices.Values(r.seconds))
	return sorted[len(sorted)/2]
}

func fillBenchTable(t *testing.T, db *sql.DB) {
	t.Helper()
	connection, err := db.Conn(context.Background())
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close()) }()
	for _, statement := range []string{
		`SET max_recursive_iterations = 100000000`,
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
