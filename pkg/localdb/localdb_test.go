package localdb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const starterDir = "LOCALDB_TEST_STARTER" // set in the child process that TestServerDiesWithItsStarter kills

func TestMain(m *testing.M) {
	if dir, child := os.LookupEnv(starterDir); child {
		os.Exit(startAndHang(dir))
	}
	os.Exit(m.Run())
}

// startAndHang prints the pid of a server that it starts in dir, or in a temporary folder, and the folder.
func startAndHang(dir string) int {
	server, err := Start(context.Background(), Options{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	pid, err := server.PID()
	fmt.Println(pid, server.dir, err)
	select {}
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	server, err := Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}

func TestServersAreReadyAndSeparate(t *testing.T) {
	t.Parallel()
	for _, flavour := range []Flavour{MariaDB, MySQL} {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			servers := make([]*Server, 2)
			errs := make([]error, 2)
			var starts sync.WaitGroup
			for i := range servers {
				starts.Go(func() { servers[i], errs[i] = Start(t.Context(), Options{Dir: t.TempDir(), Flavour: flavour}) })
			}
			starts.Wait()
			require.NoError(t, errors.Join(errs...))
			identities := map[string]bool{}
			for _, server := range servers {
				t.Cleanup(func() { require.NoError(t, server.Stop()) })
				db := server.DB("")
				defer db.Close()
				var version, charset, identity string
				var binlog bool
				require.NoError(t, db.QueryRow("SELECT VERSION(), @@character_set_server, @@log_bin").Scan(&version, &charset, &binlog))
				require.Equal(t, flavour == MariaDB, strings.Contains(version, "MariaDB"))
				require.Equal(t, "utf8mb4", charset)
				require.True(t, binlog)
				require.NoError(t, db.QueryRow("SELECT "+map[Flavour]string{MariaDB: "@@server_id", MySQL: "@@server_uuid"}[flavour]).Scan(&identity))
				identities[identity] = true
				require.NoFileExists(t, server.initFile(), "it holds the password")
				var roots int
				require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM mysql.user WHERE User IN ('root', '')").Scan(&roots))
				require.Equal(t, 2, roots, "localhost and 127.0.0.1, each with the password")
			}
			require.Len(t, identities, 2)
		})
	}
}

func TestSettingsWinOverDefaults(t *testing.T) {
	t.Parallel()
	server := start(t, Options{Settings: map[string]string{"innodb-buffer-pool-size": "32M", "lower_case_table_names": "1"}})
	db := server.DB("")
	defer db.Close()
	var pool, lower int
	require.NoError(t, db.QueryRow("SELECT @@innodb_buffer_pool_size, @@lower_case_table_names").Scan(&pool, &lower))
	require.Equal(t, 32<<20, pool)
	require.Equal(t, 1, lower)
}

func TestKilledServerStartsAgainWithItsData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := Start(t.Context(), Options{Dir: dir})
	require.NoError(t, err)
	db := first.DB("")
	_, err = db.Exec("CREATE DATABASE kept")
	require.NoError(t, errors.Join(err, db.Close(), first.Kill()))

	second := start(t, Options{Dir: dir})
	again := second.DB("kept")
	defer again.Close()
	require.NoError(t, again.Ping())
	require.NotEqual(t, first.RootPassword, second.RootPassword)
}

func TestStopRemovesTheTemporaryFolder(t *testing.T) {
	t.Parallel()
	server, err := Start(t.Context(), Options{})
	require.NoError(t, err)
	require.DirExists(t, server.dir)
	require.NoError(t, server.Stop())
	require.NoDirExists(t, server.dir)
	require.NoError(t, server.Stop(), "stopping twice")
}

func TestBadSettingFailsWithTheServersReason(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{Settings: map[string]string{"no_such_setting": "1"}})
	require.ErrorContains(t, err, "no_such_setting")
}

func TestMissingMySQLNamesTheSetup(t *testing.T) {
	t.Setenv("OVERMIND_MYSQL_DIR", t.TempDir())
	_, err := Start(t.Context(), Options{Flavour: MySQL})
	require.ErrorContains(t, err, "deploy/server.sh mysql-9")
}

func TestServerDiesWithItsStarter(t *testing.T) {
	t.Parallel()
	for _, temporary := range []bool{true, false} {
		t.Run(fmt.Sprintf("temporary=%t", temporary), func(t *testing.T) {
			t.Parallel()
			dir := ""
			if !temporary {
				dir = t.TempDir()
			}
			starter := exec.Command(os.Args[0])
			starter.Env = append(os.Environ(), starterDir+"="+dir)
			output, err := starter.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, starter.Start())
			line, err := bufio.NewReader(output).ReadString('\n')
			require.NoError(t, err)
			var pid int
			var used string
			_, err = fmt.Sscan(line, &pid, &used)
			require.NoError(t, err, line)
			require.NoError(t, syscall.Kill(pid, 0), "the server runs while its starter does")

			require.NoError(t, starter.Process.Kill())
			require.Error(t, starter.Wait())
			require.Eventually(t, func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }, time.Minute, 20*time.Millisecond)
			if temporary {
				require.Eventually(t, func() bool { _, err := os.Stat(used); return os.IsNotExist(err) }, time.Minute, 20*time.Millisecond)
			} else {
				require.DirExists(t, filepath.Join(used, "data"))
			}
		})
	}
}

func TestTakenPortIsTriedAgainAndReported(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	_, err = Start(t.Context(), Options{Settings: map[string]string{"port": port}})
	require.ErrorIs(t, err, errPortTaken)
}
