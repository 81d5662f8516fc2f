package testkit

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
)

// Redis starts a redis-server of its own for the test, with a password and without persistence. kill ends it as a
// crash would; the test's end does so too.
func Redis(t testing.TB) (url string, kill func()) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	require.NoError(t, err, "run deploy/setup.sh")
	for range 5 { // another process may take the port between our look and redis' bind
		if url, kill = startRedis(t, program); url != "" {
			return url, kill
		}
	}
	t.Fatal("redis-server found no free port")
	return "", nil
}

func startRedis(t testing.TB, program string) (url string, kill func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())

	dir, err := os.MkdirTemp("", "overmind-redis-")
	require.NoError(t, err)
	password := rand.Text()
	config := filepath.Join(dir, "redis.conf") // a file, because arguments can be read by every user
	text := fmt.Sprintf("bind 127.0.0.1\nport %d\nrequirepass %s\ndir %s\nsave \"\"\nappendonly no\n", port, password, dir)
	require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
	log, err := os.Create(filepath.Join(dir, "log"))
	require.NoError(t, err)
	defer log.Close()
	process, err := localdb.StartProcess([]string{program, config}, log, dir)
	require.NoError(t, err)
	t.Cleanup(process.Kill)

	url = fmt.Sprintf("redis://:%s@127.0.0.1:%d", password, port)
	ended := false
	Eventually(t, 20*time.Second, "redis-server answers", func() bool {
		select {
		case <-process.Done():
			ended = true
			return true
		default:
		}
		connection, err := redis.DialURL(url) // the password proves that it is ours
		if err == nil {
			err = connection.Close()
		}
		return err == nil
	})
	if ended {
		return "", nil
	}
	return url, process.Kill
}
