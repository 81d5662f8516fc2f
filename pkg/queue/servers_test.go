package queue

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/gomodule/redigo/redis"
	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// restart starts an empty redis-server where a killed one was, with its password.
func restart(t *testing.T, url string) {
	t.Helper()
	address, password := hostOf(t, url)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	program, err := exec.LookPath("redis-server")
	require.NoError(t, err)
	dir := t.TempDir()
	config := filepath.Join(dir, "redis.conf")
	text := fmt.Sprintf("bind 127.0.0.1\nport %s\nrequirepass %s\ndir %s\nsave \"\"\n", port, password, dir)
	require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
	log, err := os.Create(filepath.Join(dir, "log"))
	require.NoError(t, err)
	defer log.Close()
	process, err := localdb.StartProcess([]string{program, config}, log, dir)
	require.NoError(t, err)
	t.Cleanup(process.Kill)
	testkit.Eventually(t, soon, "redis-server is back", func() bool {
		conn, err := redis.DialURL(url)
		if err == nil {
			err = conn.Close()
		}
		return err == nil
	})
}

// listen takes the place of a killed server, hangs up on everybody and counts them.
func listen(t *testing.T, url string) (attempts func() int64) {
	t.Helper()
	address, _ := hostOf(t, url)
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	var n atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			n.Add(1)
			_ = conn.Close()
		}
	}()
	return n.Load
}
