package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/api/rest"
	"overmind/pkg/testkit"
)

const canary = "canary-Zx81-never-shown"

// instance registers a real server with two accounts.
func (b *bundle) instance(t *testing.T) (rest.Environment, rest.Instance) {
	t.Helper()
	server := testkit.SecondMariaDB(t)
	reader, readPassword := testkit.User(t, server, "GRANT SELECT, SHOW VIEW ON *.* TO %s")
	loader, loadPassword := testkit.User(t, server, "GRANT ALL ON *.* TO %s")
	a := b.dba.do(t, "POST", "/api/v1/environments", `{"name":"test","color":"#2e7d32","rank":1,"may_be_source":true,"may_be_target":true}`)
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	var environment rest.Environment
	a.into(t, &environment)
	a = b.dba.do(t, "POST", "/api/v1/instances", fmt.Sprintf(`{"name":"db-1","environment_id":%d,"host":"127.0.0.1","port":%d,"tls":"preferred",
		"read_user":%q,"read_password":%q,"load_user":%q,"load_password":%q,"labels":{"team":"shop"}}`,
		environment.ID, server.Port, reader, readPassword, loader, loadPassword))
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	var instance rest.Instance
	a.into(t, &instance)
	require.NotContains(t, a.Body, readPassword)
	return environment, instance
}

func TestInstance_IsAskedLive(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, instance := b.instance(t)
	name, db := testkit.Database(t, testkit.SecondMariaDB(t))
	testkit.Exec(t, db, "CREATE TABLE goods (id INT PRIMARY KEY)", "CREATE VIEW cheap AS SELECT * FROM goods")
	at := fmt.Sprintf("/api/v1/instances/%d", instance.ID)

	var tests rest.ConnectionTests
	b.dba.do(t, "POST", at+"/test", "").into(t, &tests)
	require.Len(t, tests.Items, 2)
	require.True(t, tests.Items[0].OK, tests.Items[0].Message.EN)
	require.Equal(t, "mariadb", tests.Items[0].Flavour)

	var databases rest.DatabaseList
	b.user.get(t, at+"/databases").into(t, &databases)
	require.Contains(t, fmt.Sprint(databases.Items), name)
	var tables rest.TableList
	b.user.get(t, at+"/tables?database="+name).into(t, &tables)
	require.Len(t, tables.Items, 2)
	b.user.get(t, at+"/tables").refused(t, http.StatusBadRequest, "invalid_query")
	var grants rest.Grants
	b.dba.get(t, at+"/grants?database="+name).into(t, &grants)
	require.NotEmpty(t, grants.Load)
}

func TestInstance_NewHostBlanksThePasswordAndOldVersionsLose(t *testing.T) {
	t.Parallel()
	b := setup(t)
	environment, instance := b.instance(t)
	at := fmt.Sprintf("/api/v1/instances/%d", instance.ID)
	var changed rest.Instance
	b.dba.do(t, "PATCH", at, fmt.Sprintf(`{"version":%d,"host":"localhost"}`, instance.Version)).into(t, &changed)
	require.False(t, changed.ReadAccount.HasPassword)
	require.False(t, changed.LoadAccount.HasPassword)
	require.Equal(t, http.StatusConflict, b.dba.do(t, "PATCH", at, fmt.Sprintf(`{"version":%d,"owner":"late"}`, instance.Version)).Status)
	require.Equal(t, http.StatusConflict, b.dba.do(t, "DELETE", fmt.Sprintf("/api/v1/environments/%d?version=%d", environment.ID, environment.Version), "").Status)
	b.dba.do(t, "DELETE", at, "").refused(t, http.StatusBadRequest, "invalid_query")
	require.Equal(t, http.StatusNoContent, b.dba.do(t, "DELETE", fmt.Sprintf("%s?version=%d", at, changed.Version), "").Status)
	require.Equal(t, http.StatusNotFound, b.dba.get(t, at).Status)
}

func TestInstance_FreeConnectionOptionsDoNotExist(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, field := range []string{`"allowAllFiles":"true"`, `"params":{}`, `"dsn":"x"`, `"port":"3306"`, `"port":3306.0`} {
		a := b.dba.do(t, "POST", "/api/v1/instances", `{"name":"x","environment_id":1,"host":"db","port":3306,`+field+`}`)
		require.Equal(t, http.StatusBadRequest, a.Status, field)
	}
}

// Passwords go in and never come out: not in an answer, not in the log, for nobody.
func TestSecrets_AppearInNoAnswerAndNoLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, instance := b.instance(t)
	changed := b.dba.do(t, "PATCH", fmt.Sprintf("/api/v1/instances/%d", instance.ID),
		fmt.Sprintf(`{"version":%d,"read_password":%q,"load_password":%q}`, instance.Version, canary, canary))
	require.Equal(t, http.StatusOK, changed.Status, changed.Body)
	b.dba.do(t, "POST", fmt.Sprintf("/api/v1/instances/%d/test", instance.ID), "")
	b.admin.do(t, "POST", "/api/v1/users", `{"username":"new","role":"user","password":"`+canary+`"}`)
	b.dba.do(t, "POST", "/api/v1/instances/test", fmt.Sprintf(`{"name":"x","environment_id":%d,"host":"127.0.0.1","port":1,"read_user":"u","read_password":%q}`,
		instance.EnvironmentID, canary))
	made := b.user.submit(t, "x")
	for _, who := range []client{b.nobody(), b.user, b.dba, b.admin} {
		for _, p := range rest.Policies() {
			if p.Method != http.MethodGet || strings.HasSuffix(p.Path, "/stream") {
				continue
			}
			for _, id := range []int64{instance.ID, made.ID, who.user.ID} {
				path := strings.NewReplacer(":id", fmt.Sprint(id), ":file", "index.html").Replace(p.Path)
				require.NotContains(t, who.get(t, path).Body, canary, path)
			}
		}
	}
	require.NotContains(t, b.log.String(), canary)
}
