package engine_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

// linked are two tables between which small rows can be moved, each large enough for a dump of its own.
var linked = []string{
	"CREATE TABLE a (id INT PRIMARY KEY, body VARBINARY(12000))", "CREATE TABLE b LIKE a",
	"CREATE TABLE digits (n INT)", "INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)",
	"INSERT INTO a (id) SELECT x.n + 10 * y.n FROM digits x, digits y",
	"INSERT INTO a SELECT 1000 + x.n + 10 * y.n, REPEAT('x', 12000) FROM digits x, digits y",
	"INSERT INTO b SELECT 2000 + x.n + 10 * y.n, REPEAT('x', 12000) FROM digits x, digits y",
	"ANALYZE TABLE a, b",
}

// together copies until several dumps were used as often as wanted: a busy machine may be too slow to start them
// within the time for which the source may be held.
func together(t *testing.T, c *copying, times int, each func(engine.Report)) {
	t.Helper()
	c.spec.Executor, c.spec.IfExists = engine.ExecutorPipe, engine.Replace
	for attempt := range 20 {
		report, err := c.run(t, engine.Hooks{})
		require.NoError(t, err)
		each(report)
		testkit.Exec(t, c.target.db, "DROP DATABASE IF EXISTS "+c.names.Old)
		c.names = engine.NewNames(uint64(attempt))
		if report.Readers > 1 {
			times--
		}
		if times == 0 {
			return
		}
	}
	t.Fatal("one dump had to do too often")
}

func TestCopy_DumpsSideBySideSeeOneState(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string][2]*localdb.Server{
		"MariaDB": {testkit.MariaDB(t), testkit.SecondMariaDB(t)},
		"MySQL":   {testkit.MySQL(t), testkit.MySQL(t)},
	} {
		for _, grants := range []string{"ALL PRIVILEGES", "SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES"} {
			t.Run(name+" with "+grants, func(t *testing.T) {
				t.Parallel()
				c := newCopying(t, pair[0], pair[1], linked...)
				c.reader(t, grants)
				db := c.source.DB(c.spec.SourceDatabase)
				defer db.Close()
				ctx, stop := context.WithCancel(t.Context())
				var writers sync.WaitGroup
				defer func() { stop(); writers.Wait() }()
				for w := range 2 {
					writers.Go(func() {
						for i := 0; ctx.Err() == nil; i++ {
							moveRow(db, 50*w+i/2%50, i%2 == 0)
						}
					})
				}
				together(t, c, 3, func(engine.Report) {
					ids := query(t, c.target.db, fmt.Sprintf("SELECT id FROM %[1]s.a UNION ALL SELECT id FROM %[1]s.b", engine.Ident(c.spec.TargetDatabase)))
					assert.Len(t, ids, 300)
					slices.Sort(ids)
					assert.Len(t, slices.Compact(ids), 300)
				})
			})
		}
	}
}

// reader gives the copy an account of its own on the source.
func (c *copying) reader(t *testing.T, grants string) {
	t.Helper()
	user, password := testkit.User(t, c.source.Server, "GRANT "+grants+" ON *.* TO %s")
	c.spec.Source.User, c.spec.Source.Password = user, secret.New(password)
}

func TestCopy_RangesOfDumpsAreTheWholeTable(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string][2]*localdb.Server{
		"MariaDB": {testkit.MariaDB(t), testkit.SecondMariaDB(t)},
		"MySQL":   {testkit.MySQL(t), testkit.MySQL(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1])
			db := c.source.DB(c.spec.SourceDatabase)
			defer db.Close()
			testkit.Exec(t, db, "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
			testkit.Exec(t, db, long...)
			testkit.Exec(t, db, "DROP TABLE computed") // a dump rounds its FLOAT
			for _, tables := range [][]string{nil, {"by_int"}, {"by_unsigned"}} {
				c.spec.Tables = tables
				together(t, c, 1, func(engine.Report) {
					assert.Equal(t, sums(t, c.source, c.spec.SourceDatabase), sums(t, c.target, c.spec.TargetDatabase))
				})
			}
			c.gone(t)
		})
	}
}

func TestCopy_OneProgramOfSeveralKilledEndsAll(t *testing.T) {
	t.Parallel()
	for code, pick := range map[string]func(c *copying) []int{
		"dump_failed": func(c *copying) []int { return children(c.spec.SourceDatabase) },
		"load_failed": func(c *copying) []int { return children(c.names.Staging) },
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			c := newReplacing(t, engine.Options{}, enough)
			_, err := c.run(t, onRows(func() { require.NoError(t, syscall.Kill(pick(c)[0], syscall.SIGKILL)) }))
			require.True(t, fault.Is(err, code), "%v", err)
			require.ErrorContains(t, err, "killed by signal")
			c.untouched(t)
		})
	}
}

func TestCopy_OneDumpWhereTheSourceCannotBeHeld(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		t.Run(string(server.Flavour), func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, server, server, linked...)
			c.reader(t, "SELECT, SHOW VIEW, TRIGGER, EVENT")
			c.spec.Executor = engine.ExecutorPipe
			report, err := c.run(t, engine.Hooks{})
			require.NoError(t, err)
			assert.Equal(t, 1, report.Readers)
			assert.Equal(t, "one dump", report.Snapshot)
			assert.Len(t, query(t, c.target.db, "SELECT id FROM "+engine.QName(c.spec.TargetDatabase, "a")), 200)
		})
	}
}
