package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/compare"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestServe_WithNothingButADatabaseCopies(t *testing.T) {
	t.Parallel()
	in := install(t)
	source, db := testkit.Database(t, in.source)
	testkit.Exec(t, db, "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20) CHARACTER SET utf8mb4)", "INSERT INTO t VALUES (1, '😀')")
	made := in.submit(t, source, "serve_alone")
	in.approve(t, made)
	require.Equal(t, "succeeded", in.ends(t, made.ID, 60*time.Second).State)
	in.requireDocumented(t, made.ID)
	requireEqual(t, in, source, "serve_alone")

	info, err := os.Stat(in.setting("OVERMIND_KEYS_FILE"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	in.serve.stop(t, 60*time.Second)
	in.noSecretsIn(t, in.serve)
}

func TestServe_StopsWithAnOpenStream(t *testing.T) {
	t.Parallel()
	in := install(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, in.url+"/api/v1/stream", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+in.user.token.Reveal())
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, http.StatusOK, response.StatusCode)
	line, err := bufio.NewReader(response.Body).ReadString('\n')
	require.NoError(t, err)
	require.NotEmpty(t, line)
	in.serve.stop(t, 60*time.Second)
}

func TestServe_FourAtOnceApplyEachMigrationOnce(t *testing.T) {
	t.Parallel()
	server := testkit.MariaDB(t)
	name, db := testkit.Database(t, server)
	keys := t.TempDir() + "/keys.json"
	var all []*process
	for range 4 {
		all = append(all, startProcess(t, []string{
			fmt.Sprintf("OVERMIND_DATABASE_URL=mysql://root@127.0.0.1:%d/%s", server.Port, name), "OVERMIND_DATABASE_PASSWORD=" + server.RootPassword,
			"OVERMIND_LISTEN=" + freeAddress(t), "OVERMIND_KEYS_FILE=" + keys}, "serve"))
	}
	passwords := 0
	for _, p := range all {
		testkit.Eventually(t, 60*time.Second, "it has started", func() bool { return strings.Contains(p.output.String(), `"msg":"started"`) })
		passwords += len(oneUsePassword.FindAllString(p.output.String(), -1))
	}
	require.Equal(t, 1, passwords)
	var applied, distinct int
	require.NoError(t, db.QueryRow("SELECT COUNT(*), COUNT(DISTINCT version_id) FROM goose_db_version").Scan(&applied, &distinct))
	require.Equal(t, distinct, applied)
	require.Greater(t, applied, 1)
}

func TestServe_RefusesKeysOfAnotherInstallation(t *testing.T) {
	t.Parallel()
	in := install(t)
	in.serve.stop(t, 60*time.Second)
	other := startProcess(t, append(in.settings, "OVERMIND_KEYS_FILE="+t.TempDir()+"/keys.json"), "serve")
	other.wait(t, 60*time.Second)
	require.Error(t, other.err)
	require.Contains(t, other.output.String(), "keys")
}

// A dead worker's job is taken over and done exactly once; rings do not matter, so it is the same with Redis gone.
func TestWorker_KilledWhileLoading_AnotherOneFinishes(t *testing.T) {
	t.Parallel()
	for name, redisDies := range map[string]bool{"RedisStays": false, "RedisIsWiped": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis, wipe := testkit.Redis(t)
			own, err := localdb.Start(t.Context(), localdb.Options{}) // so that all staging on it is this test's
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, own.Stop()) })
			in := installWith(t, own, "OVERMIND_REDIS_URL="+redis, "OVERMIND_WORKER_ENABLED=false")
			source, db := testkit.Database(t, in.source)
			wideTable(t, db, 200_000)
			first := startProcess(t, in.settings, "worker")
			target := "killed_" + strings.ToLower(name)
			made := in.submit(t, source, target)
			in.approve(t, made)
			testkit.Eventually(t, 60*time.Second, "rows are loading", func() bool {
				now := in.ticket(t, made.ID)
				require.Equalf(t, "", now.Failure, "%+v", now)
				return now.Progress.RowsDone > 0 && now.Phase == "load"
			})
			if redisDies {
				wipe()
			}
			first.kill(t)
			killed := time.Now()
			second := startProcess(t, in.settings, "worker")
			testkit.Eventually(t, 60*time.Second, "the other worker takes over", func() bool {
				return strings.Contains(second.output.String(), `"recovery":true`)
			})
			t.Logf("taken over %.1f s after the kill", time.Since(killed).Seconds())
			ended := in.ends(t, made.ID, 60*time.Second)
			require.Equalf(t, "succeeded", ended.State, "%s", ended.Failure)
			requireEqual(t, in, source, target)
			requireNoStaging(t, in.target)
			require.Equal(t, 1, in.countEvents(t, made.ID, "ticket.succeeded"))
			in.noSecretsIn(t, first, second, in.serve)
		})
	}
}

func TestTwoTicketsForOneTarget_DoNotRunTogether(t *testing.T) {
	t.Parallel()
	in := install(t, "OVERMIND_WORKER_SLOTS=2")
	one, db := testkit.Database(t, in.source)
	wideTable(t, db, 100_000)
	two, other := testkit.Database(t, in.source)
	testkit.Exec(t, other, "CREATE TABLE small (id INT PRIMARY KEY)")
	first, second := in.submit(t, one, "shared_target"), in.submit(t, two, "shared_target")
	in.approve(t, first)
	testkit.Eventually(t, 60*time.Second, "the first runs", func() bool { return in.ticket(t, first.ID).State == "running" })
	in.approve(t, second)
	for in.ticket(t, first.ID).State == "running" {
		state := in.ticket(t, second.ID).State
		if in.ticket(t, first.ID).State == "running" {
			require.Equal(t, "queued", state)
		}
	}
	require.Equal(t, "succeeded", in.ends(t, first.ID, 60*time.Second).State)
	require.Equal(t, "succeeded", in.ends(t, second.ID, 60*time.Second).State)
}

func (in *installation) setting(name string) string {
	for _, setting := range in.settings {
		if value, ok := strings.CutPrefix(setting, name+"="); ok {
			return value
		}
	}
	return ""
}

func (in *installation) countEvents(t *testing.T, id int64, eventType string) int {
	t.Helper()
	var history struct {
		Items []struct {
			Type string `json:"type"`
		} `json:"items"`
	}
	require.NoError(t, in.user.call(t.Context(), http.MethodGet, fmt.Sprintf("/tickets/%d/history", id), nil, &history))
	count := 0
	for _, item := range history.Items {
		if item.Type == eventType {
			count++
		}
	}
	return count
}

func requireEqual(t *testing.T, in *installation, source, target string) {
	t.Helper()
	left, right := in.source.DB(""), in.target.DB("")
	t.Cleanup(func() { require.NoError(t, left.Close()); require.NoError(t, right.Close()) })
	objects, err := compare.Databases(t.Context(), compare.Side{DB: left, Database: source}, compare.Side{DB: right, Database: target})
	require.NoError(t, err)
	require.NotEmpty(t, objects)
	require.Empty(t, compare.Different(objects))
}

func requireNoStaging(t *testing.T, server *localdb.Server) {
	t.Helper()
	db := server.DB("")
	defer func() { require.NoError(t, db.Close()) }()
	var left int
	require.NoError(t, db.QueryRow(`SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name LIKE '\_om\_%'`).Scan(&left))
	require.Zero(t, left)
}
