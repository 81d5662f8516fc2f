// Package localdb starts a private MariaDB or MySQL server in a folder, for the demo and for tests. The server
// listens on a free port of 127.0.0.1 only, has a random root password, and ends when the program that started it
// ends, however that happens.
package localdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Flavour is the kind of server.
type Flavour string

// The flavours. MariaDB is looked for in PATH and the sbin folders; MySQL in the folder that OVERMIND_MYSQL_DIR names,
// by default overmind/mysql-9 in the user's cache folder.
const (
	MariaDB Flavour = "mariadb"
	MySQL   Flavour = "mysql"
)

// Options say what to start. Version, like 5.7, is one that deploy/server.sh has put into the user's cache folder; empty,
// it is the flavour's usual one. An empty Dir is a temporary folder, in memory where there is plenty, that goes away with
// the server; a Dir that already holds a server's data starts that server again. Settings are lines of the [mysqld]
// section and win over the defaults; a "port" among them is used as it is.
type Options struct {
	Dir      string
	Flavour  Flavour
	Version  string
	Settings map[string]string
}

// Server is a running server.
type Server struct {
	Host         string
	Port         int
	Socket       string
	Flavour      Flavour
	RootPassword string

	process *Process
	dir     string
}

const (
	startAttempts = 5
	startLimit    = 2 * time.Minute
	stopLimit     = 30 * time.Second
	socketLimit   = 103 // the kernel's, on the system where it is least
)

var errPortTaken = errors.New("the port was taken by another program")

// Start returns a server that accepts connections, or an error that holds the end of the server's own log.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Flavour == "" {
		o.Flavour = MariaDB
	}
	programs, err := find(o.Flavour, o.Version)
	if err != nil {
		return nil, err
	}
	for range startAttempts {
		var server *Server
		if server, err = startOnce(ctx, programs, o); err == nil {
			return server, nil
		}
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	return nil, fmt.Errorf("start %s: %w", programs.server, err)
}

func startOnce(ctx context.Context, programs programs, o Options) (*Server, error) {
	if o.Dir != "" {
		return startIn(ctx, programs, o, "")
	}
	dir, err := os.MkdirTemp(scratch(), "overmind-"+string(o.Flavour)+"-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the server: %w", err)
	}
	o.Dir = dir
	server, err := startIn(ctx, programs, o, dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return server, nil
}

// startIn starts a server in o.Dir; the folder remove, unless empty, goes away with it.
func startIn(ctx context.Context, programs programs, o Options, remove string) (*Server, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", o.Dir, err)
	}
	s := &Server{Host: "127.0.0.1", Flavour: o.Flavour, Socket: filepath.Join(dir, "sql.sock"), RootPassword: rand.Text(), dir: dir}
	if len(s.Socket) > socketLimit {
		return nil, fmt.Errorf("the path of the folder %s is too long for the server's socket", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the server's folder: %w", err)
	}
	if err := fillDataDir(ctx, programs, filepath.Join(dir, "data")); err != nil {
		return nil, err
	}
	if s.Port, err = port(o.Settings); err != nil {
		return nil, err
	}
	return s, s.launch(ctx, programs, o.Settings, remove)
}

func port(settings map[string]string) (int, error) {
	if fixed, ok := settings["port"]; ok {
		return strconv.Atoi(fixed)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func (s *Server) launch(ctx context.Context, programs programs, settings map[string]string, remove string) error {
	config, err := s.writeConfig(settings)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "error.log"), os.O_CREATE|os.O_TRUNC|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the server's log: %w", err)
	}
	defer log.Close()
	s.process, err = StartProcess([]string{programs.server, "--defaults-file=" + config}, log, remove)
	if err != nil {
		return err
	}
	if err := s.waitReady(ctx); err != nil {
		s.process.Kill()
		tail := logTail(log)
		if strings.Contains(tail, "Address already in use") {
			return errPortTaken
		}
		return fmt.Errorf("%w; its log ends with:\n%s", err, tail)
	}
	return os.Remove(s.initFile())
}

// waitReady asks as root, whose password nobody else has: an answer proves that it is our server on that port.
func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	go func() { // another program on that port may never answer
		select {
		case <-s.process.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	db := s.DB("")
	defer db.Close()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server ended or did not answer: %w", errors.Join(ctx.Err(), err))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// logTail reads the open file, because a temporary folder is gone by now.
func logTail(log *os.File) string {
	const keep = 4096
	info, err := log.Stat()
	if err != nil {
		return err.Error()
	}
	text, err := io.ReadAll(io.NewSectionReader(log, max(0, info.Size()-keep), keep))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Stop shuts the server down and waits for its end. Stopping a stopped server does nothing.
func (s *Server) Stop() error {
	s.process.Terminate()
	select {
	case <-s.process.Done():
		return nil
	case <-time.After(stopLimit):
		s.process.Kill()
		return fmt.Errorf("the server in %s did not shut down within %s and was killed", s.dir, stopLimit)
	}
}

// Kill ends the server as a crash would, and waits for its end.
func (s *Server) Kill() error {
	s.process.Kill()
	return nil
}

// PID is the process id of the server itself, for tests that freeze or kill it from outside.
func (s *Server) PID() (int, error) {
	text, err := os.ReadFile(filepath.Join(s.dir, "server.pid"))
	if err != nil {
		return 0, fmt.Errorf("read the server's pid: %w", err)
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// DB opens a pool of connections as root; database may be empty. The caller closes it.
func (s *Server) DB(database string) *sql.DB {
	config := mysql.NewConfig()
	config.User = "root"
	config.Passwd = s.RootPassword
	config.Net = "tcp"
	config.Addr = net.JoinHostPort(s.Host, strconv.Itoa(s.Port))
	config.DBName = database
	config.Logger = &mysql.NopLogger{} // the driver logs to stderr each time a server that starts or stops hangs up
	connector, err := mysql.NewConnector(config)
	if err != nil {
		panic("localdb: the configuration is fixed and must be valid: " + err.Error())
	}
	return sql.OpenDB(connector)
}
