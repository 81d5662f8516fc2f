//go:build bench

package main

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
)

var (
	benchOnlyShape   = flag.String("shape", "", "A, B, C or D; empty = all of them")
	benchOnlyFlavour = flag.String("flavour", "", "mariadb or mysql; empty = both")
	benchMydumper    = flag.String("mydumper", "", "folder of another mydumper and myloader that shall copy too")
	benchRounds      = flag.Int("rounds", 3, "how often each contestant copies")
)

// benchDatabase is its name on both sides, because `mysqldump --databases` knows no other.
const benchDatabase = "bench"

// benchSettings are those of all servers. They keep every commit, as production does.
var benchSettings = map[string]string{
	"innodb_buffer_pool_size": "1G", "innodb_flush_log_at_trx_commit": "1", "sync_binlog": "1", "log_bin": "binlog", "binlog_format": "ROW",
	"local_infile": "ON", "max_allowed_packet": "64M",
}

// benchLogSettings make room for 1 GB of redo log, each flavour by its own name.
var benchLogSettings = map[localdb.Flavour][2]string{
	localdb.MariaDB: {"innodb_log_file_size", "1G"},
	localdb.MySQL:   {"innodb_redo_log_capacity", "1G"},
}

// TestBench times how contestants copy generated databases, interleaved, and writes docs/benchmarks.md. It asserts that
// all copied every row and every key, never how fast.
func TestBench(t *testing.T) {
	for _, shape := range benchShapes {
		for _, flavour := range []localdb.Flavour{localdb.MariaDB, localdb.MySQL} {
			if *benchOnlyShape != "" && *benchOnlyShape != shape.Name || *benchOnlyFlavour != "" && *benchOnlyFlavour != string(flavour) {
				continue
			}
			t.Run(shape.Name+" "+string(flavour), func(t *testing.T) {
				part := benchOne(t, shape, flavour)
				part.save(t)
				part.print()
				writeBenchmarks(t)
			})
		}
	}
}

// benchOne runs all contestants over one shape on one flavour.
func benchOne(t *testing.T, shape benchShape, flavour localdb.Flavour) *benchPart {
	source, target := newBenchServer(t, flavour), newBenchServer(t, flavour)
	began := time.Now()
	source.quick(t, func() {
		source.exec(t, "CREATE DATABASE "+benchDatabase)
		db := source.server.DB(benchDatabase)
		defer db.Close()
		shape.fill(t, db, flavour)
	})
	fmt.Printf("\n%s on %s: %s, made in %.0f s\n", shape.Name, flavour, shape.About, time.Since(began).Seconds())
	want := source.inventory(t)
	part := newBenchPart(shape, source, want)
	contestants := newContestants(t, source, target)
	for _, c := range contestants {
		part.Contestants = append(part.Contestants, &benchResult{Name: c.name})
	}
	for round := range *benchRounds {
		for i := range contestants {
			i = (i + round) % len(contestants) // nobody always follows the same one
			c, result := contestants[i], part.Contestants[i]
			if result.Failed != "" {
				continue
			}
			target.empty(t)
			run, err := c.run(t, source, target)
			if err == nil {
				err = want.equal(target.inventory(t))
			}
			if err != nil {
				require.Truef(t, c.mayFail, "%s: %v", c.name, err)
				result.Failed = err.Error()
				continue
			}
			result.Runs = append(result.Runs, run)
			fmt.Printf("round %d  %-24s %6.2f s   CPU client %5.2f source %5.2f target %5.2f   peak %3.0f MB\n",
				round+1, c.name, run.Wall, run.Client, run.Source, run.Target, float64(run.PeakKB)/1024)
		}
	}
	return part
}

// benchServer is a server with a pool of connections as root.
type benchServer struct {
	server *localdb.Server
	db     *sql.DB
	pid    int
}

func newBenchServer(t *testing.T, flavour localdb.Flavour) *benchServer {
	settings := map[string]string{}
	for name, value := range benchSettings {
		settings[name] = value
	}
	log := benchLogSettings[flavour]
	settings[log[0]] = log[1]
	server, err := localdb.Start(t.Context(), localdb.Options{Dir: t.TempDir(), Flavour: flavour, Settings: settings})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	s := &benchServer{server: server, db: server.DB("")}
	t.Cleanup(func() { require.NoError(t, s.db.Close()) })
	s.pid, err = server.PID()
	require.NoError(t, err)
	return s
}

func (s *benchServer) exec(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := s.db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// quick lets the server forget its care for durability during fill.
func (s *benchServer) quick(t *testing.T, fill func()) {
	t.Helper()
	s.exec(t, "SET GLOBAL innodb_flush_log_at_trx_commit=0", "SET GLOBAL sync_binlog=0")
	fill()
	s.exec(t, "SET GLOBAL innodb_flush_log_at_trx_commit=1", "SET GLOBAL sync_binlog=1")
}

// empty takes away what the last contestant left, and waits until the server has no more work of its own.
func (s *benchServer) empty(t *testing.T) {
	t.Helper()
	s.exec(t, "DROP DATABASE IF EXISTS "+benchDatabase, "FLUSH BINARY LOGS")
	s.exec(t, "PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY")
	const (
		look  = 250 * time.Millisecond
		quiet = 0.02 // seconds of CPU within one look
		limit = 20 * time.Second
	)
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		before := serverCPU(t, s.pid)
		time.Sleep(look)
		if serverCPU(t, s.pid)-before <= quiet {
			return
		}
	}
}

// benchInventory is what a copy must have: the rows and the number of key parts of each table.
type benchInventory map[string][2]int64

func (s *benchServer) inventory(t *testing.T) benchInventory {
	t.Helper()
	found := benchInventory{}
	rows, err := s.db.QueryContext(t.Context(), `SELECT t.TABLE_NAME, COUNT(s.INDEX_NAME) FROM information_schema.TABLES t
		LEFT JOIN information_schema.STATISTICS s USING (TABLE_SCHEMA, TABLE_NAME) WHERE t.TABLE_SCHEMA = ? GROUP BY t.TABLE_NAME`, benchDatabase)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		var keys int64
		require.NoError(t, rows.Scan(&name, &keys))
		found[name] = [2]int64{0, keys}
	}
	require.NoError(t, rows.Err())
	for name, of := range found {
		require.NoError(t, s.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+benchDatabase+"."+name).Scan(&of[0]))
		found[name] = of
	}
	return found
}

// equal says which tables differ.
func (want benchInventory) equal(have benchInventory) error {
	var wrong []string
	for name, of := range want {
		if have[name] != of {
			wrong = append(wrong, fmt.Sprintf("%s has %d rows and %d key parts instead of %d and %d", name, have[name][0], have[name][1], of[0], of[1]))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("%d tables differ: %s", len(wrong), wrong[0])
}

func (want benchInventory) rows() (n int64) {
	for _, of := range want {
		n += of[0]
	}
	return n
}

// benchFile is a path in the repository.
func benchFile(parts ...string) string { return filepath.Join(append([]string{".."}, parts...)...) }

// mysqlClient is a client program of the MySQL that the test servers use.
func mysqlClient(t *testing.T, name string) string {
	t.Helper()
	dir, err := localdb.MySQLDir()
	require.NoError(t, err)
	return filepath.Join(dir, "bin", name)
}

// optionFile holds what a client program needs to reach the server as root.
func (s *benchServer) optionFile(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, fmt.Sprint(s.server.Port))
	content := fmt.Sprintf("[client]\nhost=127.0.0.1\nport=%d\nuser=root\npassword=%q\n", s.server.Port, s.server.RootPassword)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// lastLines is where programs say why they end; both ends of a pipe have something to say.
func lastLines(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}
