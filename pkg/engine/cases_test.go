package engine_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/compare"
	"overmind/pkg/engine"
	"overmind/pkg/engine/cases"
	"overmind/pkg/engine/check"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

// TestCases copies every case in every direction with every executor and prints how many ended how. The quick run takes
// each case to one of the flavours, by the executor of the engine's choice; OVERMIND_SOAK=1 does all.
func TestCases(t *testing.T) {
	t.Parallel()
	soak := os.Getenv("OVERMIND_SOAK") != ""
	var counted tally
	t.Cleanup(func() { t.Log("\n" + counted.String()) })
	maria, mysql, toMaria, toMySQL := testkit.MariaDB(t), testkit.MySQL(t), testkit.SecondMariaDB(t), testkit.SecondMySQL(t)
	for direction, pair := range map[string][2]*localdb.Server{
		"MariaDB to MariaDB": {maria, toMaria}, "MariaDB to MySQL": {maria, toMySQL}, "MySQL to MariaDB": {mysql, toMaria}, "MySQL to MySQL": {mysql, toMySQL},
	} {
		for _, executor := range []engine.Executor{engine.ExecutorAuto, engine.ExecutorPipe} {
			for i, c := range cases.All() {
				quick := executor == engine.ExecutorAuto && !c.Long && (i%2 == 0) == (pair[1].Flavour == localdb.MariaDB)
				if !quick && !soak || !c.On(string(pair[0].Flavour)) || c.NotTo == string(pair[1].Flavour) {
					continue
				}
				t.Run(fmt.Sprintf("%s by %s/%s", direction, executor, c.Name), func(t *testing.T) {
					t.Parallel()
					source, target := ownServers(t, c, pair)
					tr := newTrial(t, c, source, target, executor)
					require.NoError(t, tr.make(c, source.Flavour))
					verdict := tr.verdict()
					counted.add(direction+" by "+string(executor), verdict)
					assert.Equal(t, c.In(source.Flavour == localdb.MariaDB, target.Flavour == localdb.MariaDB, executor == engine.ExecutorPipe), verdict)
				})
			}
		}
	}
}

// tally counts verdicts.
type tally struct {
	mu     sync.Mutex
	counts map[string]map[string]int
}

func (y *tally) add(direction, verdict string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.counts == nil {
		y.counts = map[string]map[string]int{}
	}
	if y.counts[direction] == nil {
		y.counts[direction] = map[string]int{}
	}
	kind, codes, _ := strings.Cut(verdict, " ")
	if kind == "refused" {
		y.counts[direction]["refused "+codes]++
	}
	y.counts[direction][kind]++
}

// String is one paragraph for each direction: the totals, and the reasons of the refusals.
func (y *tally) String() string {
	var b strings.Builder
	for _, direction := range slices.Sorted(maps.Keys(y.counts)) {
		n := y.counts[direction]
		fmt.Fprintf(&b, "%-32s equal %3d, refused %3d, failed %d\n", direction, n["equal"], n["refused"], n["failed"]+n["different"])
		for _, verdict := range slices.Sorted(maps.Keys(n)) {
			if code, ok := strings.CutPrefix(verdict, "refused "); ok {
				fmt.Fprintf(&b, "%40d %s\n", n[verdict], code)
			}
		}
	}
	return b.String()
}

// ownServers starts servers for a case that needs settings of its own.
func ownServers(t *testing.T, c cases.Case, pair [2]*localdb.Server) (source, target *localdb.Server) {
	t.Helper()
	start := func(flavour localdb.Flavour, settings map[string]string) *localdb.Server {
		server, err := localdb.Start(t.Context(), localdb.Options{Flavour: flavour, Settings: settings})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, server.Kill()) })
		return server
	}
	source, target = pair[0], pair[1]
	if c.Source != nil {
		source = start(source.Flavour, c.Source)
	}
	if c.Target != nil {
		target = start(target.Flavour, c.Target)
	}
	return source, target
}

// trial is one case on its way.
type trial struct {
	*testing.T
	*engine.Engine
	source, target *sql.DB
	spec           engine.Spec
	names          engine.Names
	pwned          string // a file that no run may make
}

func newTrial(t *testing.T, c cases.Case, source, target *localdb.Server, executor engine.Executor) *trial {
	t.Helper()
	name := "c_" + strings.ToLower(rand.Text()[:8]) + c.Database
	tr := &trial{T: t, source: source.DB(""), target: target.DB(""), names: engine.NewNames(1), pwned: "/tmp/pwned_" + rand.Text()[:6]}
	tr.Engine = engine.New(engine.Options{ClientDirs: clientDirs(t), Checks: check.Run})
	tr.spec = engine.Spec{
		Source: rootOf(source), Target: rootOf(target), SourceDatabase: name, TargetDatabase: "to_" + name,
		Content: engine.StructureAndData, IfExists: engine.Refuse, Executor: executor,
	}
	t.Cleanup(func() {
		for _, db := range []*sql.DB{tr.source, tr.target} {
			for _, schema := range []string{name, "to_" + name, tr.names.Staging, tr.names.Old} {
				_, _ = db.Exec("DROP DATABASE IF EXISTS " + engine.Ident(schema)) // a read-only server refuses; it goes away
			}
			require.NoError(t, db.Close())
		}
	})
	if target.Flavour == localdb.MySQL {
		_, _ = tr.target.Exec("SET GLOBAL local_infile = ON")
	}
	return tr
}

// make makes the database of the case in one session, in a collation that every server has unless the case says more.
func (tr *trial) make(c cases.Case, flavour localdb.Flavour) error {
	conn, err := tr.source.Conn(tr.Context())
	require.NoError(tr, err)
	defer conn.Close()
	more := c.MySQL
	if flavour == localdb.MariaDB {
		more = c.MariaDB
	}
	quoted := engine.Ident(tr.spec.SourceDatabase)
	statements := []string{"SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci", "CREATE DATABASE " + quoted + " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", "USE " + quoted}
	for _, statement := range slices.Concat(statements, c.SQL, more) {
		statement = strings.NewReplacer("`{db}`", quoted, "{db}", tr.spec.SourceDatabase, "{pwned}", tr.pwned).Replace(statement)
		if _, err := conn.ExecContext(tr.Context(), statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// verdict copies the case and says what has become of it.
func (tr *trial) verdict() string {
	plan, findings, err := tr.Preflight(tr.Context(), tr.spec)
	if err != nil {
		return "refused " + fault.As(err).Code
	}
	codes := map[engine.Level][]string{}
	for _, f := range findings {
		if !slices.Contains(codes[f.Level], f.Code) {
			codes[f.Level] = append(codes[f.Level], f.Code)
		}
	}
	if blocks := codes[engine.Block]; len(blocks) > 0 {
		slices.Sort(blocks)
		return "refused " + strings.Join(blocks, ",")
	}
	_, err = tr.Copy(tr.Context(), tr.spec, plan, tr.names, engine.Hooks{})
	switch {
	case err != nil && engine.Inexact(err):
		return "refused " + fault.As(err).Code
	case err != nil:
		return "failed " + err.Error()
	}
	require.NoFileExists(tr, tr.pwned) // which the case has asked some program to make
	objects, err := compare.Databases(context.Background(), compare.Side{DB: tr.source, Database: tr.spec.SourceDatabase}, compare.Side{DB: tr.target, Database: tr.spec.TargetDatabase})
	require.NoError(tr, err)
	for _, o := range compare.Different(objects) {
		return fmt.Sprintf("different %s %s: %s", o.Kind, o.Name, o.Difference)
	}
	slices.Sort(codes[engine.Confirm])
	return strings.TrimSpace(cases.Equal + " " + strings.Join(codes[engine.Confirm], ","))
}

func rootOf(s *localdb.Server) engine.Endpoint {
	return engine.Endpoint{Host: s.Host, Port: s.Port, User: "root", Password: secret.New(s.RootPassword), TLS: engine.TLSPreferred}
}
