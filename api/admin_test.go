package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

// runs runs a command of the program to its end and returns what it said.
func (in *installation) runs(t *testing.T, args ...string) (said string, exit int) {
	t.Helper()
	p := startProcess(t, in.settings, args...)
	p.wait(t, 60*time.Second)
	return p.output.String(), p.ProcessState.ExitCode()
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	in := install(t)
	succeeds := func(t *testing.T, args ...string) string {
		said, exit := in.runs(t, args...)
		require.Zerof(t, exit, "%v: %s", args, said)
		return said
	}

	t.Run("GrantsNameTheStagingSchemas", func(t *testing.T) {
		said := succeeds(t, "admin", "grants", "--instance", fmt.Sprint(in.places.test), "--database", "shop")
		require.Contains(t, said, "ON `\\_om\\_%`.*")
		require.Contains(t, said, "ON `shop`.*")
	})
	t.Run("StagingLeftByADeadCopyIsListedAndDropped", func(t *testing.T) {
		db := in.target.DB("")
		defer func() { require.NoError(t, db.Close()) }()
		left := "_om_" + strings.Repeat("a", 8) + "_0"
		testkit.Exec(t, db, "CREATE DATABASE "+left, "CREATE TABLE "+left+".t (id INT)")
		instance := fmt.Sprint(in.places.test)
		require.Contains(t, succeeds(t, "admin", "staging", "list", "--instance", instance), left)
		succeeds(t, "admin", "staging", "drop", "--instance", instance, left)
		require.NotContains(t, succeeds(t, "admin", "staging", "list", "--instance", instance), left)
		said, exit := in.runs(t, "admin", "staging", "drop", "--instance", instance, "mysql")
		require.NotZero(t, exit, said)
	})
	t.Run("PasswordLetsAUserInAgain", func(t *testing.T) {
		password := strings.TrimSpace(succeeds(t, "admin", "password", "user"))
		again := &apiClient{url: in.url}
		require.NoError(t, again.signIn(t.Context(), "user", password, in.password()))
		in.user = again
		_, exit := in.runs(t, "admin", "password", "nobody")
		require.NotZero(t, exit)
	})
	t.Run("AuditIsVerified", func(t *testing.T) {
		require.Contains(t, succeeds(t, "admin", "audit", "verify"), "as it was written")
		db := testkit.MySQL(t).DB(in.database)
		defer func() { require.NoError(t, db.Close()) }()
		testkit.Exec(t, db, "UPDATE audit SET actor_name = 'mallory' ORDER BY id LIMIT 1")
		said, exit := in.runs(t, "admin", "audit", "verify")
		require.Equal(t, 1, exit)
		require.Contains(t, said, "row 1")
	})
	t.Run("MigrateStatusListsWhatIsApplied", func(t *testing.T) {
		require.NotContains(t, succeeds(t, "migrate", "status"), "pending")
	})
	t.Run("ConfigCheckShowsNoSecret", func(t *testing.T) {
		said := succeeds(t, "config", "check")
		require.NotContains(t, said, testkit.MySQL(t).RootPassword)
		require.Contains(t, said, secret.New("x").String())
		broken := startProcess(t, append(in.settings, "OVERMIND_LISTEN=nowhere"), "config", "check")
		broken.wait(t, 60*time.Second)
		require.Equal(t, 2, broken.ProcessState.ExitCode())
		require.Contains(t, broken.output.String(), "listen")
	})
	require.NoError(t, in.dba.call(t.Context(), http.MethodGet, "/me", nil, nil))
}
