package check

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

// sides is a planned copy between databases of real servers. Tests change what they are about and run preflight.
type sides struct {
	t                          *testing.T
	source, target             *sql.DB // root, in the database
	sourceServer, targetServer *localdb.Server
	spec                       engine.Spec
}

func endpoint(server *localdb.Server, user, password string) engine.Endpoint {
	return engine.Endpoint{Host: server.Host, Port: server.Port, User: user, Password: secret.New(password), TLS: engine.TLSPreferred}
}

// between plans to copy a fresh database of one server to a fresh database of another, as root.
func between(t *testing.T, source, target *localdb.Server) *sides {
	t.Helper()
	s := &sides{t: t, sourceServer: source, targetServer: target}
	s.spec = engine.Spec{
		Source: endpoint(source, "root", source.RootPassword), Target: endpoint(target, "root", target.RootPassword),
		Content: engine.StructureAndData, IfExists: engine.Replace, Executor: engine.ExecutorAuto,
	}
	s.spec.SourceDatabase, s.source = testkit.Database(t, source)
	s.spec.TargetDatabase, s.target = testkit.Database(t, target)
	return s
}

func (s *sides) onSource(statements ...string) *sides {
	s.t.Helper()
	testkit.Exec(s.t, s.source, statements...)
	return s
}

func (s *sides) onTarget(statements ...string) *sides {
	s.t.Helper()
	testkit.Exec(s.t, s.target, statements...)
	return s
}

func (s *sides) preflight() []engine.Finding {
	s.t.Helper()
	_, findings, err := engine.New(engine.Options{Checks: Run}).Preflight(s.t.Context(), s.spec)
	require.NoError(s.t, err)
	for _, code := range []string{"check_unfinished", "preflight_unfinished", "source_unreachable", "target_unreachable"} {
		require.Empty(s.t, objects(findings, code), "%+v", findings)
	}
	return findings
}

// objects lists what a finding with this code names; nil when there is none.
func objects(findings []engine.Finding, code string) []string {
	for _, f := range findings {
		if f.Code == code {
			return append([]string{}, f.Objects...)
		}
	}
	return nil
}

// red asserts that preflight has a finding of this level and code about exactly these objects.
func (s *sides) red(level engine.Level, code string, about ...string) engine.Finding {
	s.t.Helper()
	findings := s.preflight()
	i := slices.IndexFunc(findings, func(f engine.Finding) bool { return f.Code == code })
	require.GreaterOrEqual(s.t, i, 0, "no %s in %+v", code, findings)
	require.Equal(s.t, level, findings[i].Level)
	require.Equal(s.t, about, findings[i].Objects)
	for _, text := range []string{findings[i].Message.EN, findings[i].Message.ZH, findings[i].Remedy.EN, findings[i].Remedy.ZH} {
		require.NotEmpty(s.t, text)
	}
	return findings[i]
}

// green asserts that preflight has no finding with this code.
func (s *sides) green(code string) {
	s.t.Helper()
	require.Nil(s.t, objects(s.preflight(), code))
}

func TestAllChecksAnswerOnEveryPairOfFlavours(t *testing.T) {
	t.Parallel()
	maria, mysql := testkit.MariaDB(t), testkit.MySQL(t)
	for _, pair := range [][2]*localdb.Server{{maria, maria}, {maria, mysql}, {mysql, maria}, {mysql, mysql}} {
		s := between(t, pair[0], pair[1]).onSource(
			"CREATE TABLE p (id INT PRIMARY KEY, f FLOAT, b LONGBLOB, t VARCHAR(10)) COLLATE utf8mb4_unicode_ci",
			"CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id)) COLLATE utf8mb4_unicode_ci",
			"CREATE VIEW v AS SELECT id FROM p",
			"CREATE TRIGGER r BEFORE INSERT ON p FOR EACH ROW SET NEW.t = 'x'",
			"CREATE FUNCTION one() RETURNS INT DETERMINISTIC RETURN 1",
			"CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2036-01-01' DO SELECT 1",
		).onTarget("CREATE TABLE p (id INT PRIMARY KEY)", "CREATE TRIGGER r BEFORE INSERT ON p FOR EACH ROW SET NEW.id = 1")
		require.NotEmpty(t, s.preflight()) // fails on any check without an answer
	}
}

func TestFailingCheckIsANoteAndStopsNoOther(t *testing.T) {
	t.Parallel()
	findings := run(t.Context(), engine.CheckInput{}, []Check{
		{"broken", func(context.Context, engine.CheckInput) ([]engine.Finding, error) {
			return nil, errors.New("secret in the text")
		}},
		{"next", func(ctx context.Context, _ engine.CheckInput) ([]engine.Finding, error) {
			_, hasLimit := ctx.Deadline()
			require.True(t, hasLimit)
			return []engine.Finding{note("seen", nil, "", "", "", "")}, nil
		}},
	})
	require.Len(t, findings, 2)
	require.Equal(t, "check_unfinished", findings[0].Code)
	require.Equal(t, []string{"broken"}, findings[0].Objects)
	require.NotContains(t, findings[0].Message.EN, "secret")
	require.Equal(t, "seen", findings[1].Code)
}
