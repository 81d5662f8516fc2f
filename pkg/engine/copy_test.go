package engine_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/engine/processlist"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

// side is one server of a test with an account that may do everything.
type side struct {
	*localdb.Server
	at engine.Endpoint
	db *sql.DB
}

func newSide(t testing.TB, s *localdb.Server) side {
	t.Helper()
	user, password := testkit.User(t, s, "GRANT ALL PRIVILEGES ON *.* TO %s")
	db := s.DB("")
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return side{s, engine.Endpoint{Host: s.Host, Port: s.Port, User: user, Password: secret.New(password), TLS: engine.TLSPreferred}, db}
}

// copying is a source database on one server and a target name on another.
type copying struct {
	*engine.Engine
	source, target side
	spec           engine.Spec
	names          engine.Names
}

func newCopying(t testing.TB, from, to *localdb.Server, statements ...string) *copying {
	t.Helper()
	return newCopyingWith(t, engine.Options{}, from, to, statements...)
}

func newCopyingWith(t testing.TB, o engine.Options, from, to *localdb.Server, statements ...string) *copying {
	t.Helper()
	name, db := testkit.Database(t, from)
	testkit.Exec(t, db, statements...)
	o.ClientDirs = append(o.ClientDirs, clientDirs(t)...)
	c := &copying{Engine: engine.New(o), source: newSide(t, from), target: newSide(t, to), names: engine.NewNames(1)}
	c.spec = engine.Spec{
		Source: c.source.at, Target: c.target.at, SourceDatabase: name, TargetDatabase: "to_" + name,
		Content: engine.StructureAndData, IfExists: engine.Refuse, Executor: engine.ExecutorAuto,
	}
	t.Cleanup(func() {
		for _, schema := range []string{c.spec.TargetDatabase, c.names.Staging, c.names.Old} {
			_, err := c.target.db.Exec("DROP DATABASE IF EXISTS " + engine.Ident(schema))
			require.NoError(t, err)
		}
	})
	return c
}

func (c *copying) plan(t testing.TB) engine.Plan {
	t.Helper()
	plan, findings, err := c.Preflight(t.Context(), c.spec)
	require.NoError(t, err)
	for _, f := range findings {
		require.NotEqual(t, engine.Block, f.Level, "%s %v %s", f.Code, f.Objects, f.Message.EN)
	}
	return plan
}

func (c *copying) run(t testing.TB, hooks engine.Hooks) (engine.Report, error) {
	t.Helper()
	return c.Copy(t.Context(), c.spec, c.plan(t), c.names, hooks)
}

// gone asserts that nothing of a run is left on either server. A server shows a session for a moment after it was closed.
func (c *copying) gone(t testing.TB) {
	t.Helper()
	for _, s := range []side{c.source, c.target} {
		testkit.Eventually(t, 60*time.Second, "no session is left", func() bool {
			return !slices.ContainsFunc(listed(t, s), func(p processlist.Session) bool { return p.User == s.at.User })
		})
		assert.Empty(t, query(t, s.db, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN (?, ?)", c.names.Staging, c.names.Old), "schemas")
	}
}

// listed are the sessions of a server.
func listed(t testing.TB, s side) []processlist.Session {
	t.Helper()
	list, err := processlist.Read(context.Background(), s.db)
	require.NoError(t, err)
	return list
}

func query(t testing.TB, db *sql.DB, q string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), q, args...)
	require.NoError(t, err, q)
	defer rows.Close()
	names, err := rows.Columns()
	require.NoError(t, err)
	var list []string
	for rows.Next() {
		values, targets := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(t, rows.Scan(targets...))
		var line []string
		for _, v := range values {
			line = append(line, fmt.Sprintf("%v:%s", v.Valid, v.String))
		}
		list = append(list, strings.Join(line, "|"))
	}
	require.NoError(t, rows.Err())
	return list
}

func TestCopy_WholeDatabaseArrivesUnderAnotherName(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t),
		"CREATE TABLE parent (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50), KEY n (name))",
		"INSERT INTO parent (name) VALUES ('a'), ('emoji 😀'), (NULL), ('it''s \\\\ ; -- x')",
		"CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)",
		"INSERT INTO child VALUES (1, 1), (2, 2)",
		"CREATE TABLE empty (a INT)",
	)
	report, err := c.run(t, engine.Hooks{})
	require.NoError(t, err)
	assert.Len(t, report.Tables, 3)
	for _, table := range []string{"parent", "child", "empty"} {
		from := query(t, c.source.db, "SELECT * FROM "+engine.QName(c.spec.SourceDatabase, table))
		to := query(t, c.target.db, "SELECT * FROM "+engine.QName(c.spec.TargetDatabase, table))
		assert.Equal(t, from, to)
		assert.Equal(t, query(t, c.source.db, "SHOW CREATE TABLE "+engine.QName(c.spec.SourceDatabase, table)),
			query(t, c.target.db, "SHOW CREATE TABLE "+engine.QName(c.spec.TargetDatabase, table)))
	}
	assert.Empty(t, query(t, c.target.db, "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", c.spec.SourceDatabase))
	c.gone(t)
}

func TestPreflight_RefusesNamesThatAreOptions(t *testing.T) {
	t.Parallel()
	e := engine.New(engine.Options{})
	spec := engine.Spec{SourceDatabase: "--result-file=x", TargetDatabase: "b", Content: engine.StructureAndData, IfExists: engine.Refuse, Executor: engine.ExecutorAuto}
	_, _, err := e.Preflight(t.Context(), spec)
	require.True(t, fault.Is(err, "name_leading_dash"), "%v", err)
}

func TestCopy_KeepsThatADatabaseIsEncrypted(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MySQL(t), testkit.SecondMySQL(t), "CREATE FUNCTION f() RETURNS INT DETERMINISTIC NO SQL RETURN 1")
	testkit.Exec(t, c.source.db, "ALTER DATABASE "+c.spec.SourceDatabase+" ENCRYPTION 'Y'")
	_, err := c.run(t, engine.Hooks{})
	require.NoError(t, err)
	assert.Equal(t, []string{"true:YES"}, query(t, c.target.db, "SELECT DEFAULT_ENCRYPTION FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", c.spec.TargetDatabase))
}
