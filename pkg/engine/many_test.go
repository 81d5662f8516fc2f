package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// manyTables are enough for several sessions that make definitions; every second one is empty.
func manyTables(n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("CREATE TABLE t%03d (id INT PRIMARY KEY, v VARCHAR(20), KEY v (v))", i))
		if i%2 == 0 {
			list = append(list, fmt.Sprintf("INSERT INTO t%03d VALUES (%d, 'x'), (%d, NULL)", i, i, i+1))
		}
	}
	return list
}

func TestCopy_ManySmallTablesArriveAndReplaceEachOther(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string][2]*localdb.Server{
		"MariaDB": {testkit.MariaDB(t), testkit.SecondMariaDB(t)},
		"MySQL":   {testkit.MySQL(t), testkit.MySQL(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1], manyTables(120)...)
			c.spec.IfExists = engine.Replace
			for range 2 {
				report, err := c.run(t, engine.Hooks{})
				require.NoError(t, err)
				assert.Len(t, report.Tables, 120)
				assert.Equal(t, sums(t, c.source, c.spec.SourceDatabase), sums(t, c.target, c.spec.TargetDatabase))
			}
		})
	}
}

func TestCopy_ManyTablesByPipeAreThoseAskedForAndNoOthers(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string][2]*localdb.Server{
		"MariaDB": {testkit.MariaDB(t), testkit.SecondMariaDB(t)},
		"MySQL":   {testkit.MySQL(t), testkit.SecondMySQL(t)},
	} {
		for kind, besides := range map[string][]string{
			"listed as ignored":   {"CREATE TABLE other (id INT PRIMARY KEY)", "INSERT INTO other VALUES (1)"},
			"named, for a letter": {"CREATE TABLE té (id INT PRIMARY KEY)", "INSERT INTO té VALUES (1)"},
		} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				broken := []string{"CREATE TABLE gone (id INT)", "CREATE VIEW broken AS SELECT id FROM gone", "DROP TABLE gone"}
				if pair[0].Flavour == localdb.MariaDB {
					broken = append(broken, "CREATE SEQUENCE counter")
				}
				c := newCopying(t, pair[0], pair[1], slices.Concat(manyTables(120), besides, broken)...)
				c.spec.Executor, c.spec.Parallel = engine.ExecutorPipe, 2
				for i := range 115 {
					c.spec.Tables = append(c.spec.Tables, fmt.Sprintf("t%03d", i))
				}
				_, err := c.run(t, engine.Hooks{})
				require.NoError(t, err)
				stored := sums(t, c.target, c.spec.TargetDatabase)
				assert.Len(t, stored, 115)
				wanted := sums(t, c.source, c.spec.SourceDatabase)
				for table, sum := range stored {
					assert.Equal(t, wanted[table], sum, table)
				}
			})
		}
	}
}

func TestCopy_ManyTablesByPipeMissNoneAndLeaveNewOnesOut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ filter, code string }{
		"one was gone when its turn came": {"sed '/^-- Dumping data for table `t001`/d'", "source_changed"},
		"one came while they were listed": {"sed '/^-- Dumping data for table `t000`/iINSERT INTO `came` VALUES (1),(2);'", ""},
		"one of them is read twice":       {"sed '/^-- Dumping data for table `t004`/iINSERT INTO `t000` VALUES (9,NULL);'", "dump_unexpected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopyingWith(t, fakeDump(t, test.filter), testkit.MariaDB(t), testkit.SecondMariaDB(t), manyTables(60)...)
			c.spec.Executor, c.spec.Parallel = engine.ExecutorPipe, 1
			_, err := c.run(t, engine.Hooks{})
			if test.code != "" {
				require.True(t, fault.Is(err, test.code), "%v", err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, sums(t, c.source, c.spec.SourceDatabase), sums(t, c.target, c.spec.TargetDatabase))
		})
	}
}

func TestPreflight_RefusesAnExchangeThatIsTooLongForTheTarget(t *testing.T) {
	t.Parallel()
	var tables []string
	for i := range 100 {
		tables = append(tables, fmt.Sprintf("CREATE TABLE %s%d (id INT PRIMARY KEY)", strings.Repeat("long", 15), i))
	}
	target, err := localdb.Start(t.Context(), localdb.Options{Dir: t.TempDir(), Settings: map[string]string{"max_allowed_packet": "16384"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, target.Stop()) })
	c := newCopying(t, testkit.MariaDB(t), target, tables...)
	_, findings, err := c.Preflight(t.Context(), c.spec)
	require.NoError(t, err)
	at := slices.IndexFunc(findings, func(f engine.Finding) bool { return f.Code == "exchange_too_long" })
	require.GreaterOrEqual(t, at, 0, "%+v", findings)
	assert.Equal(t, engine.Block, findings[at].Level)
	c.spec.Tables = []string{strings.Repeat("long", 15) + "0"}
	c.plan(t)
}
