package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// asProgram makes this test binary behave as the program itself, so that tests can start and kill real processes.
const asProgram = "OVERMIND_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(context.Background(), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// process is one running overmind.
type process struct {
	*exec.Cmd
	output *lockedBuffer
	ended  chan struct{}
	err    error
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// startProcess starts overmind with these arguments and settings; it is killed at the end of the test.
func startProcess(t *testing.T, settings []string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], args...), output: &lockedBuffer{}, ended: make(chan struct{})}
	p.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, settings...)
	p.Stdout, p.Stderr = p.output, p.output
	require.NoError(t, p.Start())
	go func() { p.err = p.Wait(); close(p.ended) }()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("%v:\n%s", args, p.output)
		}
	})
	return p
}

// stop sends SIGTERM and waits for the end.
func (p *process) stop(t *testing.T, within time.Duration) {
	t.Helper()
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	p.wait(t, within)
	require.NoErrorf(t, p.err, "%s", p.output)
}

func (p *process) wait(t *testing.T, within time.Duration) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(within):
		t.Fatalf("still running after %s", within)
	}
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.Process.Kill())
	<-p.ended
}

// installation is an Overmind with its own metadata database, a source and a target server, and two people.
type installation struct {
	settings       []string
	database       string // of the metadata, on testkit.MySQL
	url            string
	serve          *process
	admin          *apiClient
	dba, user      *apiClient
	source, target *localdb.Server
	places         demoPlaces
	secrets        sync.Mutex
	passwords      []string // everything that must never be shown
}

// install starts `overmind serve` with extra settings and fills its inventory through the API.
func install(t *testing.T, extra ...string) *installation {
	t.Helper()
	return installWith(t, testkit.SecondMariaDB(t), extra...)
}

func installWith(t *testing.T, target *localdb.Server, extra ...string) *installation {
	t.Helper()
	metadata := testkit.MySQL(t)
	name, _ := testkit.Database(t, metadata)
	address := freeAddress(t)
	in := &installation{database: name, url: "http://" + address, source: testkit.MariaDB(t), target: target}
	in.settings = append([]string{
		fmt.Sprintf("OVERMIND_DATABASE_URL=mysql://root@127.0.0.1:%d/%s", metadata.Port, name),
		"OVERMIND_DATABASE_PASSWORD=" + metadata.RootPassword,
		"OVERMIND_LISTEN=" + address, "OVERMIND_EXTERNAL_URL=" + in.url,
		"OVERMIND_KEYS_FILE=" + filepath.Join(t.TempDir(), "keys.json"),
		"OVERMIND_INVENTORY_ALLOW_LOOPBACK=true",
	}, extra...)
	in.serve = startProcess(t, in.settings, "serve")
	in.waitReady(t)
	in.people(t)
	in.places.production = in.register(t, "source", in.source)
	in.places.test = in.register(t, "target", in.target)
	return in
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().String()
}

func (in *installation) waitReady(t *testing.T) {
	t.Helper()
	testkit.Eventually(t, 60*time.Second, "overmind is ready", func() bool {
		response, err := http.Get(in.url + "/readyz")
		if err != nil {
			return false
		}
		defer func() { _ = response.Body.Close() }()
		return response.StatusCode == http.StatusOK
	})
}

var oneUsePassword = regexp.MustCompile(`one-use password\s+(\S+)`)

func (in *installation) people(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	found := oneUsePassword.FindStringSubmatch(in.serve.output.String())
	require.NotNil(t, found)
	in.admin = &apiClient{url: in.url}
	require.NoError(t, in.admin.signIn(ctx, "admin", found[1], in.password()))
	for name, client := range map[string]**apiClient{"dba": &in.dba, "user": &in.user} {
		oneTime := in.password()
		require.NoError(t, in.admin.call(ctx, http.MethodPost, "/users", map[string]any{"username": name, "role": name, "password": oneTime}, nil))
		*client = &apiClient{url: in.url}
		require.NoError(t, (*client).signIn(ctx, name, oneTime, in.password()))
	}
}

// password makes a secret that the end of the test looks for everywhere.
func (in *installation) password() string {
	in.passwords = append(in.passwords, randomPassword())
	return in.passwords[len(in.passwords)-1]
}

func (in *installation) register(t *testing.T, name string, server *localdb.Server) int64 {
	t.Helper()
	id, _ := in.registerFor(t, name, server, "default")
	return id
}

// registerFor registers a server in an environment of its own, for the workers of one group. It returns the account.
func (in *installation) registerFor(t *testing.T, name string, server *localdb.Server, group string) (id int64, user string) {
	t.Helper()
	user, password := testkit.User(t, server, "GRANT ALL PRIVILEGES ON *.* TO %s")
	in.secrets.Lock()
	in.passwords = append(in.passwords, password)
	in.secrets.Unlock()
	var environment, instance struct {
		ID int64 `json:"id"`
	}
	require.NoError(t, in.dba.call(t.Context(), http.MethodPost, "/environments",
		map[string]any{"name": name, "color": "#17703a", "may_be_source": true, "may_be_target": true}, &environment))
	require.NoError(t, in.dba.call(t.Context(), http.MethodPost, "/instances", map[string]any{"name": name, "environment_id": environment.ID,
		"host": server.Host, "port": server.Port, "read_user": user, "read_password": password, "load_user": user, "load_password": password,
		"worker_group": group}, &instance))
	return instance.ID, user
}

// submit asks for a whole database as the user.
func (in *installation) submit(t *testing.T, source, target string) demoTicket {
	t.Helper()
	return in.ask(t, map[string]any{"source": map[string]any{"instance_id": in.places.production, "database": source},
		"target": map[string]any{"instance_id": in.places.test, "database": target}})
}

// ask submits a spec as the user.
func (in *installation) ask(t *testing.T, spec map[string]any) demoTicket {
	t.Helper()
	var made demoTicket
	testkit.Eventually(t, 60*time.Second, "the API has time to check a ticket", func() bool {
		err := in.user.call(t.Context(), http.MethodPost, "/tickets", map[string]any{"kind": "migration", "title": "Copy", "spec": spec}, &made)
		var problem *apiProblem
		if errors.As(err, &problem) && problem.Code == "busy" {
			return false
		}
		require.NoError(t, err)
		return true
	})
	require.Falsef(t, made.Preflight.Blocked, "%+v", made.Preflight.Findings)
	return made
}

func (in *installation) approve(t *testing.T, made demoTicket) {
	t.Helper()
	require.NoError(t, in.dba.call(t.Context(), http.MethodPost, fmt.Sprintf("/tickets/%d/approve", made.ID), approvalOf(made), nil))
}

func (in *installation) ticket(t *testing.T, id int64) demoTicket {
	t.Helper()
	var now demoTicket
	require.NoError(t, in.user.call(t.Context(), http.MethodGet, fmt.Sprintf("/tickets/%d", id), nil, &now))
	return now
}

// ends waits until a ticket is no longer queued or running.
func (in *installation) ends(t *testing.T, id int64, within time.Duration) demoTicket {
	t.Helper()
	var now demoTicket
	testkit.Eventually(t, within, fmt.Sprintf("ticket %d ends", id), func() bool {
		now = in.ticket(t, id)
		return now.State != "queued" && now.State != "running"
	})
	return now
}

// wideTable is a table whose load takes some seconds.
func wideTable(t *testing.T, db *sql.DB, rows int) {
	t.Helper()
	testkit.Exec(t, db,
		"CREATE TABLE wide (id INT PRIMARY KEY, a VARCHAR(200), b VARCHAR(200), KEY a (a), KEY b (b))",
		fmt.Sprintf("INSERT INTO wide SELECT seq, REPEAT(MD5(seq), 5), REPEAT(MD5(-seq), 5) FROM seq_1_to_%d", rows))
}

// noSecretsIn looks for every password in what the processes have said.
func (in *installation) noSecretsIn(t *testing.T, processes ...*process) {
	t.Helper()
	secrets := append(slices.Clone(in.passwords), in.dba.token.Reveal(), in.user.token.Reveal())
	for _, p := range processes {
		said := oneUsePassword.ReplaceAllString(p.output.String(), "")
		for _, s := range secrets {
			require.NotContains(t, said, s)
		}
	}
}
