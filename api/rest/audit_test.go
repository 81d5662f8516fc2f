package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/api/rest"
)

// written is the newest audit row: its action, who and from where, and of the values before and after which there are.
func (b *bundle) written(t *testing.T) string {
	t.Helper()
	var row string
	require.NoError(t, b.db.QueryRowContext(t.Context(), `SELECT CONCAT(action, ' ', actor_name, ' ', address, IF(before_json = '', '', ' before'),
		IF(after_json = '', '', ' after')) FROM audit ORDER BY id DESC LIMIT 1`).Scan(&row))
	return row
}

func TestAudit_EveryChangeLeavesWhoFromWhereBeforeAndAfter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine := b.user.submit(t, "Mine")
	ticket := path(mine.ID, "")
	for i, step := range []struct {
		who                client
		method, path, body string
		row                string
	}{
		{b.user, "POST", "/api/v1/tickets", `{"kind":"note","title":"Other","spec":{"text":"x"}}`, "ticket.submit uma 127.0.0.1 after"},
		{b.user, "PUT", strings.TrimSuffix(ticket, "/"), `{"version":1,"title":"Changed","spec":{"text":"y"}}`, "ticket.edit uma 127.0.0.1 before after"},
		{b.dba, "POST", path(mine.ID, "comments"), `{"text":"why?"}`, "ticket.comment dana 127.0.0.1 before after"},
		{b.dba, "POST", path(mine.ID, "reject"), `{"version":2,"reason":"no"}`, "ticket.reject dana 127.0.0.1 before after"},
		{b.user, "POST", path(mine.ID+1, "withdraw"), `{"version":1}`, "ticket.withdraw uma 127.0.0.1 before after"},
		{b.dba, "POST", "/api/v1/environments", `{"name":"test","color":"#2e7d32","rank":1,"may_be_source":true,"may_be_target":true}`, "environment.create dana 127.0.0.1 after"},
		{b.dba, "PATCH", "/api/v1/environments/1", `{"version":1,"rank":2}`, "environment.update dana 127.0.0.1 before after"},
		{b.dba, "POST", "/api/v1/instances", `{"name":"db","environment_id":1,"host":"127.0.0.1","port":3306,"tls":"off","read_user":"r","read_password":"canary-1"}`, "instance.create dana 127.0.0.1 after"},
		{b.dba, "PATCH", "/api/v1/instances/1", `{"version":1,"read_password":"canary-2"}`, "instance.update dana 127.0.0.1 before after"},
		{b.dba, "DELETE", "/api/v1/instances/1?version=2", "", "instance.delete dana 127.0.0.1 before"},
		{b.dba, "DELETE", "/api/v1/environments/1?version=2", "", "environment.delete dana 127.0.0.1 before"},
		{b.admin, "POST", "/api/v1/users", `{"username":"new","role":"user","password":"canary of twelve"}`, "user.create root 127.0.0.1 after"},
		{b.admin, "PATCH", fmt.Sprint("/api/v1/users/", b.other.user.ID), `{"role":"dba"}`, "user.update root 127.0.0.1 before after"},
		{b.admin, "POST", fmt.Sprint("/api/v1/users/", b.other.user.ID, "/reset-password"), ``, "user.password root 127.0.0.1 before after"},
		{b.admin, "POST", "/api/v1/channels", `{"name":"hook","kind":"webhook","language":"en","url":"https://hooks.example.com/canary-3","rule":{"types":["ticket.failed"]}}`, "channel.create root 127.0.0.1 after"},
		{b.admin, "PATCH", "/api/v1/channels/1", `{"version":1,"paused":true}`, "channel.update root 127.0.0.1 before after"},
		{b.admin, "DELETE", "/api/v1/channels/1?version=2", "", "channel.delete root 127.0.0.1 before"},
		{b.user, "PUT", "/api/v1/me/notifications", `{"language":"zh","muted":["ticket.started"]}`, "user.preferences uma 127.0.0.1 before after"},
	} {
		a := step.who.do(t, step.method, step.path, step.body)
		require.Less(t, a.Status, 300, "%d %s %s: %s", i, step.method, step.path, a.Body)
		assert.Equal(t, step.row, b.written(t), "%s %s", step.method, step.path)
	}
	require.Zero(t, b.count(t, "SELECT COUNT(*) FROM audit WHERE before_json LIKE '%canary%' OR after_json LIKE '%canary%'"))
	broken, err := b.store.VerifyAudit(t.Context())
	require.NoError(t, err)
	require.Empty(t, broken)
}

func TestAudit_EveryRefusedWriteLeavesARow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, p := range rest.Policies() {
		if p.Method == http.MethodGet || (p.Allow != "dba" && p.Allow != "admin") {
			continue
		}
		require.Equal(t, "not_allowed", b.user.verdict(t, p), "%s %s", p.Method, p.Path)
		require.Contains(t, b.written(t), ".refused uma 127.0.0.1 after", "%s %s", p.Method, p.Path)
		require.Equal(t, 2, b.count(t, fmt.Sprintf(`SELECT COUNT(*) FROM audit WHERE actor_id = %d AND after_json = '{"code":"not_allowed","route":"%s %s"}'`,
			b.user.user.ID, p.Method, p.Path)), "a row for each try: %s %s", p.Method, p.Path)
	}
}
