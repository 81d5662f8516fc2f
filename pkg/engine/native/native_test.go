package native

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine/processlist"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// moving is a source table of 20,000 rows and an empty target table, both in one database of one server.
type moving struct {
	table  *Table
	job    *Job
	schema string
	db     *sql.DB
}

func newMoving(t *testing.T, s *localdb.Server, source, target string) *moving {
	t.Helper()
	schema, db := testkit.Database(t, s)
	testkit.Exec(t, db, "CREATE TABLE digits (n INT PRIMARY KEY)", "INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)",
		"CREATE TABLE rows_ (id INT PRIMARY KEY, s VARCHAR(100))",
		"INSERT INTO rows_ SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n, REPEAT('x', 100) FROM digits a, digits b, digits c, digits d, digits e WHERE e.n < 2")
	if source != "" {
		testkit.Exec(t, db, source)
	}
	testkit.Exec(t, db, target)
	m := &moving{schema: schema, db: db, table: &Table{
		Name: "rows_", Source: "`rows_`", Target: "`target`", EstimatedRows: 20_000, EstimatedBytes: 2 << 20,
		Columns: []Column{{Ident: "`id`", Type: "int"}, {Ident: "`s`", Type: "varchar"}},
		Key:     &Key{Primary: true, Columns: []KeyColumn{{Ident: "`id`", Type: "int"}}},
	}}
	if source != "" {
		m.table.Source = "`source`"
	}
	sessions := conns(t, db, 4)
	m.job = &Job{
		Sources: sessions[:2], Targets: sessions[2:], Tables: []*Table{m.table}, ChunkBytes: 512 << 10,
		ToMariaDB: s.Flavour == localdb.MariaDB, OnCompared: func(int) {},
	}
	m.job.OnLoaded = m.job.Compare
	for _, conn := range sessions {
		_, err := conn.ExecContext(t.Context(), "SET SESSION sql_mode='NO_AUTO_VALUE_ON_ZERO'")
		require.NoError(t, err)
	}
	return m
}

func (m *moving) stored(t *testing.T) (rows int) {
	t.Helper()
	require.NoError(t, m.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM target").Scan(&rows))
	return rows
}

const plainTarget = "CREATE TABLE target (id INT PRIMARY KEY, s VARCHAR(100))"

// both runs a test on both flavours and with both ways of storing.
func both(t *testing.T, test func(t *testing.T, s *localdb.Server, insert bool)) {
	t.Helper()
	for name, s := range map[string]*localdb.Server{"MariaDB": testkit.MariaDB(t), "MySQL": testkit.MySQL(t)} {
		if s.Flavour == localdb.MySQL {
			testkit.Exec(t, s.DB(""), "SET GLOBAL local_infile = ON")
		}
		for way, insert := range map[string]bool{"load": false, "insert": true} {
			t.Run(name+" "+way, func(t *testing.T) { t.Parallel(); test(t, s, insert) })
		}
	}
}

func TestRun_ReaderThatFailsCommitsNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *localdb.Server, insert bool) {
		m := newMoving(t, s, "CREATE VIEW source AS SELECT id, IF(EXP(IF(id = 15000, 1000, 1)) > 0, s, s) AS s FROM rows_", plainTarget)
		m.job.Insert, m.table.Key = insert, nil
		err := Run(t.Context(), m.job)
		require.True(t, fault.Is(err, "read_failed"), "%v", err)
		require.Positive(t, m.table.Rows(), "rows had been sent")
		require.Zero(t, m.stored(t))
	})
}

func TestRun_KeyThatIsNoValueOfItsTypeGetsIntoNoStatement(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gives string
		key   KeyColumn
	}{
		"number":        {"CONCAT(id, ' OR 1=1')", KeyColumn{Type: "int"}},
		"time":          {"CONCAT(DATE '2026-01-01' + INTERVAL id DAY, ''' OR ''1''=''1')", KeyColumn{Type: "date"}},
		"character set": {"CONCAT(id)", KeyColumn{Type: "varchar", CharacterSet: "utf8mb4 x'' OR 1=1 OR _binary", Collation: "utf8mb4_bin"}},
		"collation":     {"CONCAT(id)", KeyColumn{Type: "varchar", CharacterSet: "utf8mb4", Collation: "utf8mb4_bin OR 1=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t, testkit.MariaDB(t), "", plainTarget)
			m.table.Source = "(SELECT " + c.gives + " AS id, s FROM rows_) AS source"
			c.key.Ident = "`id`"
			m.table.Key = &Key{Columns: []KeyColumn{c.key}}
			err := Run(t.Context(), m.job)
			require.True(t, fault.Is(err, "read_failed"), "%v", err)
			require.ErrorContains(t, err, "a value of `id` that its type does not have")
			require.Zero(t, m.stored(t))
		})
	}
}

func TestOutgoing_RowsOfAnotherShapeAreRefused(t *testing.T) {
	t.Parallel()
	o := &outgoing{write: []string{"", ""}, enums: []int{1}}
	require.ErrorContains(t, o.add([]driver.Value{int64(1)}), "rows of 1 values")
	require.ErrorContains(t, o.add([]driver.Value{int64(1), int64(2), int64(3)}), "rows of 3 values")
}

func TestRun_ValueThatDoesNotFitIsNamedByItsColumn(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *localdb.Server, insert bool) {
		m := newMoving(t, s, "", "CREATE TABLE target (id SMALLINT PRIMARY KEY, s VARCHAR(99))")
		m.job.Insert = insert
		m.job.OnLoaded = func(int) { t.Error("all of it is stored first") }
		err := Run(t.Context(), m.job)
		require.True(t, fault.Is(err, "value_changed"), "%v", err)
		require.ErrorContains(t, err, "[1265]. It is about the columns `s`.")
	})
}

func TestRun_WarningOfNothingThatIsStoredIsNoMatter(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *localdb.Server, insert bool) {
		m := newMoving(t, s, "", "CREATE TABLE target (id INT PRIMARY KEY, s VARCHAR(100), CHECK (s <> 1))")
		m.job.Insert = insert
		require.NoError(t, Run(t.Context(), m.job))
		require.Equal(t, 20_000, m.stored(t))
	})
}

func TestRun_ColumnThatIsComputedDifferentlyIsNamed(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *localdb.Server, insert bool) {
		m := newMoving(t, s, "CREATE TABLE source (id INT PRIMARY KEY, s VARCHAR(100), g INT) SELECT id, s, id + 1 AS g FROM rows_",
			"CREATE TABLE target (id INT PRIMARY KEY, s VARCHAR(100), g INT AS (IF(id = 12000, 0, id + 1)) VIRTUAL)")
		m.job.Insert, m.table.Computes = insert, true
		m.table.Columns = append(m.table.Columns, Column{Ident: "`g`", Type: "int", Generated: true})
		err := Run(t.Context(), m.job)
		require.True(t, fault.Is(err, ComputedDifferently), "%v", err)
		require.ErrorContains(t, err, "of table rows_ differently from the same values: `g`.")
	})
}

func TestRun_CheckThatRefusesARowIsNamed(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *localdb.Server, insert bool) {
		m := newMoving(t, s, "", "CREATE TABLE target (id INT PRIMARY KEY, s VARCHAR(100), CONSTRAINT some_ CHECK (id <> 12000))")
		m.job.Insert = insert
		err := Run(t.Context(), m.job)
		require.True(t, fault.Is(err, ComputedDifferently), "%v", err)
		require.ErrorContains(t, err, "CHECK some_ refuses rows of table rows_")
	})
}

func TestRun_RowThatIsThereAlreadyFails(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *localdb.Server, insert bool) {
		m := newMoving(t, s, "", plainTarget)
		testkit.Exec(t, m.db, "INSERT INTO target VALUES (10000, 'y')")
		m.job.Insert, m.table.Key = insert, nil
		err := Run(t.Context(), m.job)
		require.True(t, fault.Is(err, "row_count_mismatch") || fault.Is(err, "duplicate_key"), "%v", err)
		require.Equal(t, 1, m.stored(t))
	})
}

func TestRun_ChangedByteIsNamedByTableAndRange(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *localdb.Server, insert bool) {
		m := newMoving(t, s, "", plainTarget)
		m.job.Insert = insert
		m.job.OnLoaded = func(table int) {
			testkit.Exec(t, m.db, "UPDATE target SET s = CONCAT('y', SUBSTR(s, 2)) WHERE id = 12000")
			m.job.Compare(table)
		}
		err := Run(t.Context(), m.job)
		require.True(t, fault.Is(err, "checksum_mismatch"), "%v", err)
		require.ErrorContains(t, err, "Table rows_")
		ids := regexp.MustCompile("range `id` >= (\\d+) AND `id` < (\\d+):").FindStringSubmatch(err.Error())
		require.ErrorContains(t, err, "It is about the columns `s`.")
		require.Len(t, ids, 3, "%v", err)
		from, _ := strconv.Atoi(ids[1])
		to, _ := strconv.Atoi(ids[2])
		require.True(t, from <= 12000 && 12000 < to && to-from < 15_000, "%v", err)
	})
}

func TestRun_UnkeyedTableIsComparedBeforeItIsLoaded(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *localdb.Server, insert bool) {
		m := newMoving(t, s, "", plainTarget)
		m.job.Insert, m.table.Unkeyed = insert, true
		var loaded, compared []int64
		m.job.OnLoaded = func(table int) {
			loaded = append(loaded, m.table.Compared())
			m.job.Compare(table)
		}
		m.job.OnCompared = func(int) { compared = append(compared, m.table.Compared()) }
		require.NoError(t, Run(t.Context(), m.job))
		require.Equal(t, loaded, compared)
		require.Positive(t, compared[0])
	})
}

func TestRun_UnkeyedTableThatDiffersIsNeverLoaded(t *testing.T) {
	t.Parallel()
	m := newMoving(t, testkit.MariaDB(t), "", plainTarget)
	testkit.Exec(t, m.db, "CREATE TRIGGER changes BEFORE INSERT ON target FOR EACH ROW SET NEW.s = IF(NEW.id = 12000, 'y', NEW.s)")
	m.table.Unkeyed = true
	m.job.OnLoaded = func(int) { t.Error("it is loaded") }
	err := Run(t.Context(), m.job)
	require.True(t, fault.Is(err, "checksum_mismatch"), "%v", err)
}

func TestRun_EqualRowsHaveEqualChecksums(t *testing.T) {
	t.Parallel()
	checksums := map[string]bool{}
	for _, insert := range []bool{false, true} {
		for _, bytes := range []int64{256 << 10, 16 << 20} {
			m := newMoving(t, testkit.MariaDB(t), "", plainTarget)
			m.job.Insert, m.job.ChunkBytes = insert, bytes
			require.NoError(t, Run(t.Context(), m.job))
			checksums[m.table.Checksum()] = true
		}
	}
	require.Len(t, checksums, 1)
}

func TestRun_TableWithoutAKeyIsCommittedInPartsAndEmptiedForAnotherTry(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *localdb.Server, insert bool) {
		m := newMoving(t, s, "", "CREATE TABLE target (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(100)) AUTO_INCREMENT=9000000")
		m.job.Insert, m.job.ChunkBytes, m.table.Key, m.table.Counter = insert, blockBytes/2, nil, 9_000_000
		for _, conn := range m.job.Targets {
			_, err := conn.ExecContext(t.Context(), "SET SESSION innodb_lock_wait_timeout=1")
			require.NoError(t, err)
		}
		var blocksSent atomic.Int64
		locked, lock := context.WithCancel(t.Context())
		defer lock()
		m.job.Gate = func(context.Context, int) error {
			if blocksSent.Add(1) > mostChunks/2 {
				<-locked.Done()
			}
			return nil
		}
		ended := make(chan error)
		go func() { ended <- Run(t.Context(), m.job) }()
		testkit.Eventually(t, 60*time.Second, "the first part is committed", func() bool { return m.stored(t) > 0 })
		other, err := m.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = other.ExecContext(t.Context(), "SELECT COUNT(*) FROM target FOR UPDATE")
		require.NoError(t, err)
		lock()
		testkit.Eventually(t, 60*time.Second, "the table is to be emptied", func() bool {
			list, err := processlist.Read(t.Context(), m.db)
			require.NoError(t, err)
			return slices.ContainsFunc(list, func(s processlist.Session) bool {
				return s.Database == m.schema && strings.HasPrefix(s.Statement, "TRUNCATE")
			})
		})
		require.NoError(t, other.Rollback())
		require.NoError(t, <-ended)
		require.Equal(t, 20_000, m.stored(t))
		require.EqualValues(t, 20_000, m.table.Rows())
		var name, definition string
		require.NoError(t, m.db.QueryRowContext(t.Context(), "SHOW CREATE TABLE target").Scan(&name, &definition))
		require.Contains(t, definition, "AUTO_INCREMENT=9000000")
	})
}

func TestRun_TableIsReadWholeWhereItsRangesMissRows(t *testing.T) {
	t.Parallel()
	for _, way := range []struct{ insert, unkeyed bool }{{false, false}, {true, true}} {
		m := newMoving(t, testkit.MariaDB(t), "CREATE TABLE source (id CHAR(20) PRIMARY KEY, s VARCHAR(100)) CHARSET latin1 COLLATE latin1_swedish_nopad_ci",
			"CREATE TABLE target (id CHAR(20) PRIMARY KEY, s VARCHAR(100)) CHARSET latin1 COLLATE latin1_swedish_nopad_ci")
		testkit.Exec(t, m.db, "INSERT INTO source SELECT CONCAT(LPAD(id DIV 2, 6, '0'), IF(id % 2, CHAR(9 USING latin1), '')), s FROM rows_")
		m.table.Columns[0].Type = "char"
		m.table.Key.Columns[0] = KeyColumn{Ident: "`id`", Type: "char", CharacterSet: "latin1", Collation: "latin1_swedish_nopad_ci"}
		require.False(t, m.table.Key.Columns[0].Splits())
		m.job.Insert, m.table.Unkeyed = way.insert, way.unkeyed
		loaded := 0
		m.job.OnLoaded = func(table int) { loaded++; m.job.Compare(table) }
		require.NoError(t, Run(t.Context(), m.job))
		require.Equal(t, 20_000, m.stored(t))
		require.EqualValues(t, 20_000, m.table.Rows())
		require.Equal(t, 1, loaded)
		require.Len(t, m.table.chunks, 1, "it was read whole")
	}
}

func TestTable_IsCountedWhereRangesMayMissRows(t *testing.T) {
	t.Parallel()
	for of, want := range map[string]bool{"bigint": false, "decimal": false, "varbinary": false, "varchar": true, "char": true, "date": true, "timestamp": true} {
		table := &Table{Key: &Key{Columns: []KeyColumn{{Type: "int"}, {Type: of}}}}
		require.False(t, table.mayMiss(), "it has one range")
		table.bounds = make([][][]byte, 1)
		require.Equal(t, want, table.mayMiss(), of)
		table.Partitioned = true
		require.True(t, table.mayMiss())
	}
}

func TestRanges_AreAsManyAsAskedForHoweverWrongTheEstimateIs(t *testing.T) {
	t.Parallel()
	m := newMoving(t, testkit.MariaDB(t), "CREATE TABLE source (id BIGINT PRIMARY KEY, s VARCHAR(100))", plainTarget)
	testkit.Exec(t, m.db, "INSERT INTO source SELECT id * 1000000, s FROM rows_")
	for estimate, want := range map[int64]int{0: 0, 7: 0, 1000: 4, 20_000: 4, 1_000_000: 1} {
		m.table.EstimatedRows = estimate
		wheres, err := m.table.Ranges(t.Context(), conns(t, m.db, 1)[0], 4)
		require.NoError(t, err)
		require.Len(t, wheres, want, "%d rows estimated", estimate)
		rows := 0
		for _, where := range wheres {
			var n int
			require.NoError(t, m.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM source WHERE "+cmp.Or(where, "TRUE")).Scan(&n))
			rows += n
			if want == 4 {
				require.InDelta(t, 5000, n, 1000)
			}
		}
		if want > 0 {
			require.Equal(t, 20_000, rows)
		}
	}
}
