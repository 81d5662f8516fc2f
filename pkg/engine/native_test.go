package engine_test

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func newNative(t *testing.T, rows int) *copying {
	t.Helper()
	c := newReplacing(t, engine.Options{}, rows)
	c.spec.Executor = engine.ExecutorNative
	return c
}

// allowLocal lets the target take LOAD DATA LOCAL, which MySQL does not by default.
func allowLocal(t *testing.T, s side) {
	t.Helper()
	testkit.Exec(t, s.db, "SET GLOBAL local_infile = ON")
}

// sums hashes every table of a database by plain SQL.
func sums(t *testing.T, s side, database string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, line := range query(t, s.db, `SELECT TABLE_NAME, GROUP_CONCAT(CONCAT('HEX(', IF(DATA_TYPE = 'float', CONCAT('CONCAT(', COLUMN_NAME, ' + 0e0)'), COLUMN_NAME), ')') ORDER BY ORDINAL_POSITION)
		FROM information_schema.COLUMNS JOIN information_schema.TABLES USING (TABLE_SCHEMA, TABLE_NAME)
		WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' GROUP BY TABLE_NAME`, database) {
		table, columns, _ := strings.Cut(strings.ReplaceAll(line, "true:", ""), "|")
		all[table] = query(t, s.db, "SELECT COUNT(*), BIT_XOR(CRC32(CONCAT_WS('|', "+columns+"))) FROM "+engine.QName(database, table))
	}
	return all
}

// long are tables that are moved in several ranges, by keys of every kind.
var long = []string{
	"CREATE TABLE by_int (id INT PRIMARY KEY, b VARBINARY(200) NOT NULL)",
	"CREATE TABLE by_unsigned (id BIGINT UNSIGNED PRIMARY KEY, b VARBINARY(200) NOT NULL)",
	"CREATE TABLE by_text (k VARCHAR(40) COLLATE utf8mb4_unicode_ci PRIMARY KEY, b VARBINARY(200) NOT NULL) CHARSET utf8mb4 COLLATE utf8mb4_unicode_ci",
	"CREATE TABLE by_two (a INT, k VARBINARY(40), b VARBINARY(200) NOT NULL, PRIMARY KEY (a, k))",
	"CREATE TABLE by_unique (x INT NULL, k DATETIME NOT NULL, b VARBINARY(200) NOT NULL, UNIQUE u (k), UNIQUE (x))",
	"CREATE TABLE by_nothing (b VARBINARY(200) NOT NULL, x INT NULL, UNIQUE (x))",
	"CREATE TABLE digits (n INT)", "INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)",
	"CREATE VIEW numbers AS SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS n FROM digits a, digits b, digits c, digits d, digits e WHERE e.n < 2",
	"INSERT INTO by_int SELECT n - 10000, REPEAT(CHAR(n % 256), 160) FROM numbers",
	"INSERT INTO by_unsigned SELECT CAST(n AS UNSIGNED) * 922337203685477, REPEAT(CHAR(n % 256), 160) FROM numbers",
	"INSERT INTO by_text SELECT CONCAT(IF(n % 2, 'é', 'E'), LEFT(SHA2(n, 256), 32)), REPEAT('\\\\', 160) FROM numbers",
	"INSERT INTO by_two SELECT IF(n % 100, 1, 2), UNHEX(SHA2(n, 256)), REPEAT('\\t', 160) FROM numbers",
	"INSERT INTO by_unique SELECT NULL, '2000-01-01' + INTERVAL n HOUR, REPEAT('\\n', 160) FROM numbers",
	"INSERT INTO by_nothing SELECT '', NULL FROM numbers",
	"CREATE TABLE computed (id INT PRIMARY KEY, v INT AS (id * 2) VIRTUAL, w INT AS (id * 3) STORED, f FLOAT, UNIQUE (v))",
	"INSERT INTO computed (id, f) VALUES (1, 16777216), (2, 0.010516252390057362), (3, NULL)",
	"ANALYZE TABLE by_int, by_unsigned, by_text, by_two, by_unique, by_nothing",
}

func TestCopy_LongTablesArriveInRangesOfEveryKindOfKey(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string][2]*localdb.Server{
		"MariaDB":          {testkit.MariaDB(t), testkit.SecondMariaDB(t)},
		"MySQL":            {testkit.MySQL(t), testkit.MySQL(t)},
		"MariaDB to MySQL": {testkit.MariaDB(t), testkit.MySQL(t)},
		"MySQL to MariaDB": {testkit.MySQL(t), testkit.MariaDB(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1])
			db := c.source.DB(c.spec.SourceDatabase)
			defer db.Close()
			testkit.Exec(t, db, "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
			testkit.Exec(t, db, long...)
			allowLocal(t, c.target)
			c.spec.Executor = engine.ExecutorNative
			report, err := c.run(t, engine.Hooks{})
			require.NoError(t, err)
			for _, table := range report.Tables {
				assert.NotEmpty(t, table.Checksum)
			}
			assert.Equal(t, sums(t, c.source, c.spec.SourceDatabase), sums(t, c.target, c.spec.TargetDatabase))
			c.gone(t)
		})
	}
}

// hidden are long tables of which some row is in no range, in the server's eyes.
var hidden = map[string]struct {
	server func(testing.TB) *localdb.Server
	tables []string
}{
	"texts compared without the spaces that the key has": {testkit.MariaDB, []string{
		"CREATE TABLE t (k CHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_nopad_ci PRIMARY KEY, b VARCHAR(500))",
		"INSERT INTO t SELECT CONCAT(LPAD(n DIV 2, 6, '0'), IF(n % 2, CHAR(9 USING latin1), '')), REPEAT('x', 450) FROM numbers WHERE n < 6000"}},
	"a row in a foreign partition": {testkit.MySQL, []string{
		"CREATE TABLE t (id INT PRIMARY KEY, b VARCHAR(1500)) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (1500), PARTITION p1 VALUES LESS THAN (100000))",
		"INSERT INTO t SELECT n, REPEAT('x', 1200) FROM numbers WHERE n < 3000",
		"CREATE TABLE x (id INT PRIMARY KEY, b VARCHAR(1500))", "INSERT INTO x SELECT * FROM t WHERE id < 1500", "INSERT INTO x VALUES (50000, 'misplaced')",
		"ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE x WITHOUT VALIDATION", "DROP TABLE x"}},
	"dates that the server's partitions forget": {testkit.MySQL, []string{
		"SET sql_mode = 'ALLOW_INVALID_DATES'",
		`CREATE TABLE t (d DATE NOT NULL, e INT NOT NULL, b VARCHAR(1500), PRIMARY KEY (d, e)) PARTITION BY RANGE (TO_SECONDS(d))
			(PARTITION p0 VALUES LESS THAN (63870000000), PARTITION p1 VALUES LESS THAN (63876000000), PARTITION p2 VALUES LESS THAN MAXVALUE)`,
		"INSERT INTO t SELECT CASE n % 4 WHEN 0 THEN '0000-00-00' WHEN 1 THEN '2024-02-31' ELSE '2023-01-01' + INTERVAL n DAY END, n, REPEAT('x', 1200) FROM numbers WHERE n < 3000"}},
}

func TestCopy_RowsThatNoRangeHoldsArrive(t *testing.T) {
	t.Parallel()
	for name, test := range hidden {
		for _, executor := range []engine.Executor{engine.ExecutorNative, engine.ExecutorPipe} {
			t.Run(fmt.Sprintf("%s, %s", name, executor), func(t *testing.T) {
				t.Parallel()
				server := test.server(t)
				c := newCopying(t, server, server)
				allowLocal(t, c.target)
				db := c.source.DB(c.spec.SourceDatabase)
				defer db.Close()
				db.SetMaxOpenConns(1)
				testkit.Exec(t, db, long[6:9]...)
				testkit.Exec(t, db, append(slices.Clone(test.tables), "ANALYZE TABLE t")...)
				c.spec.Executor = executor
				report, err := c.run(t, engine.Hooks{})
				require.NoError(t, err)
				assert.Equal(t, sums(t, c.source, c.spec.SourceDatabase), sums(t, c.target, c.spec.TargetDatabase))
				for _, table := range report.Tables {
					assert.Equal(t, []string{fmt.Sprintf("true:%d", table.Rows)}, query(t, c.source.db, "SELECT COUNT(*) FROM "+engine.QName(c.spec.SourceDatabase, table.Name)))
				}
			})
		}
	}
}

func TestCopy_RowsThatMoveBetweenTablesArriveOnce(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string][2]*localdb.Server{
		"MariaDB": {testkit.MariaDB(t), testkit.SecondMariaDB(t)},
		"MySQL":   {testkit.MySQL(t), testkit.MySQL(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1], "CREATE TABLE a (id INT PRIMARY KEY)", "CREATE TABLE b (id INT PRIMARY KEY)")
			c.spec.Executor = engine.ExecutorNative
			db := c.source.DB(c.spec.SourceDatabase)
			defer db.Close()
			for id := range 100 {
				testkit.Exec(t, db, fmt.Sprintf("INSERT INTO a VALUES (%d)", id))
			}
			plan := c.plan(t)
			ctx, stop := context.WithCancel(t.Context())
			var writers sync.WaitGroup
			for w := range 2 {
				writers.Go(func() {
					for i := 0; ctx.Err() == nil; i++ {
						moveRow(db, 50*w+i/2%50, i%2 == 0)
					}
				})
			}
			_, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
			stop()
			writers.Wait()
			require.NoError(t, err)
			ids := query(t, c.target.db, fmt.Sprintf("SELECT id FROM %[1]s.a UNION ALL SELECT id FROM %[1]s.b", engine.Ident(c.spec.TargetDatabase)))
			assert.Len(t, ids, 100)
			slices.Sort(ids)
			assert.Len(t, slices.Compact(ids), 100)
		})
	}
}

// moveRow moves a row from a to b or back in one transaction. A conflict with another writer leaves it where it was.
func moveRow(db *sql.DB, id int, forth bool) {
	from, to := "b", "a"
	if forth {
		from, to = "a", "b"
	}
	tx, err := db.Begin()
	if err != nil {
		return
	}
	defer func() { _ = tx.Rollback() }()
	deleted, err := tx.Exec("DELETE FROM "+from+" WHERE id = ?", id)
	if err != nil {
		return
	}
	if n, _ := deleted.RowsAffected(); n != 1 {
		return
	}
	if _, err := tx.Exec("INSERT INTO "+to+" (id) VALUES (?)", id); err == nil {
		_ = tx.Commit()
	}
}

func TestCopy_NativeSessionsKilledFailAndLeaveNothing(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{"source": "source_lost", "target": "target_lost"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newNative(t, enough)
			var sessions atomic.Pointer[engine.Sessions]
			hooks := onRows(func() {
				side, ids := c.source, sessions.Load().Source
				if name == "target" {
					side, ids = c.target, sessions.Load().Target
				}
				for _, s := range ids {
					_, _ = side.db.ExecContext(t.Context(), fmt.Sprintf("KILL %d", s.ID)) // some have ended
				}
			})
			hooks.Sessions = func(_ context.Context, ids engine.Sessions) error { sessions.Store(&ids); return nil }
			_, err := c.run(t, hooks)
			require.True(t, fault.Is(err, code), "%v", err)
			c.untouched(t)
		})
	}
}

func TestCopy_NativeCancelledAtHalfLeavesNothing(t *testing.T) {
	t.Parallel()
	c := newNative(t, enough)
	plan := c.plan(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := c.Copy(ctx, c.spec, plan, c.names, onRows(cancel))
	require.True(t, fault.Is(err, "cancelled"), "%v", err)
	c.untouched(t)
}

func TestCopy_WithoutLocalInfileInsertsTheSameRows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		source *localdb.Server
		more   []string
	}{
		"MariaDB": {testkit.MariaDB(t), nastyMariaDB},
		"MySQL":   {testkit.MySQL(t), nastyMySQL},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, err := localdb.Start(t.Context(), localdb.Options{Dir: t.TempDir(), Flavour: test.source.Flavour, Settings: map[string]string{"local_infile": "OFF"}})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, target.Stop()) })
			c := newCopying(t, test.source, target)
			db := c.source.DB(c.spec.SourceDatabase)
			defer db.Close()
			db.SetMaxOpenConns(1) // the settings are the session's
			testkit.Exec(t, db, append(append(nasty[:len(nasty):len(nasty)], test.more...), nastyNative...)...)
			c.spec.Executor = engine.ExecutorNative
			plan, findings, err := c.Preflight(t.Context(), c.spec)
			require.NoError(t, err)
			require.True(t, slices.ContainsFunc(findings, func(f engine.Finding) bool { return f.Code == "local_infile_off" }))
			report, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
			require.NoError(t, err)
			for _, table := range report.Tables {
				from, to := engine.QName(c.spec.SourceDatabase, table.Name), engine.QName(c.spec.TargetDatabase, table.Name)
				assert.Equal(t, checksum(t, c.source, from), checksum(t, c.target, to), table.Name)
			}
		})
	}
}

func TestCopy_InsertsWhateverFitsIntoThePackets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		packet string
		rows   []string
		code   string
	}{
		"a long row after short ones":                     {"1M", []string{"INSERT INTO t SELECT n, REPEAT('x', 200) FROM numbers WHERE n < 900", "INSERT INTO t VALUES (900, REPEAT(x'FF', 470000))"}, ""},
		"a row longer than the driver takes by default":   {"256M", []string{"INSERT INTO t VALUES (900, REPEAT(x'FF', 34000000))"}, ""},
		"a row that is longer than what the target takes": {"1M", []string{"INSERT INTO t VALUES (1, REPEAT(x'FF', 600000))"}, "packet_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := localdb.Start(t.Context(), localdb.Options{Settings: map[string]string{"max_allowed_packet": test.packet, "local_infile": "OFF"}})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, server.Stop()) })
			c := newCopying(t, server, server, append([]string{long[6], long[7], long[8], "CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB)"}, test.rows...)...)
			c.spec.Executor = engine.ExecutorNative
			_, err = c.run(t, engine.Hooks{})
			if test.code != "" {
				require.True(t, fault.Is(err, test.code), "%v", err)
				require.ErrorContains(t, err, "max_allowed_packet")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, sums(t, c.source, c.spec.SourceDatabase), sums(t, c.target, c.spec.TargetDatabase))
		})
	}
}

func TestAssignExecutor_SaysWhichTableNoKeySplits(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t), "CREATE TABLE keyed (id INT PRIMARY KEY)", "CREATE TABLE keyless (id INT)",
		"CREATE TABLE small (id INT)")
	plan := c.plan(t)
	plan.Tables[0].Bytes, plan.Tables[1].Bytes = 8<<20, 8<<20
	_, err := engine.AssignExecutor(t.Context(), c.spec, c.source.db, c.target.db, &plan)
	require.NoError(t, err)
	assert.NotContains(t, plan.Tables[0].Reason.EN, "no key")
	assert.Contains(t, plan.Tables[1].Reason.EN, "no key")
	assert.NotContains(t, plan.Tables[2].Reason.EN, "no key")
}

func TestAssignExecutor_OneTableForTheClientsTakesAllToThem(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t), "CREATE TABLE plain (id INT PRIMARY KEY)")
	plan := c.plan(t)
	assert.Equal(t, engine.ExecutorNative, plan.Tables[0].Executor)
	plan.Tables = append(plan.Tables, engine.PlannedTable{Name: "strange"}) // as if it had a type of which nothing is known
	_, err := engine.AssignExecutor(t.Context(), c.spec, c.source.db, c.target.db, &plan)
	require.NoError(t, err)
	for _, table := range plan.Tables {
		assert.Equal(t, engine.ExecutorPipe, table.Executor)
		assert.Contains(t, table.Reason.EN, "strange")
	}
	c.spec.Executor = engine.ExecutorNative
	findings, err := engine.AssignExecutor(t.Context(), c.spec, c.source.db, c.target.db, &plan)
	require.NoError(t, err)
	require.Len(t, findings, 1)
	assert.Equal(t, "native_not_possible", findings[0].Code)
	assert.Equal(t, []string{"strange"}, findings[0].Objects)
}

func TestCopy_LongTablesWithACounterAreStoredBySeveralSessions(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string][2]*localdb.Server{
		"MariaDB":          {testkit.MariaDB(t), testkit.SecondMariaDB(t)},
		"MySQL to MariaDB": {testkit.MySQL(t), testkit.MariaDB(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tables := map[string]string{
				"plain": "id BIGINT PRIMARY KEY AUTO_INCREMENT, b VARBINARY(200) NOT NULL",
				"keyed": "id INT PRIMARY KEY AUTO_INCREMENT, b VARBINARY(200) NOT NULL, v INT AS (LENGTH(b)) VIRTUAL, s INT AS (LENGTH(b) + 1) STORED, CHECK (LENGTH(b) < 300), UNIQUE u (b), KEY v (v), FULLTEXT f (t), t TEXT CHARACTER SET utf8mb4 NULL",
				"two":   "a INT NOT NULL DEFAULT 7, id MEDIUMINT AUTO_INCREMENT, b VARBINARY(200) NOT NULL, PRIMARY KEY (id, a)",
				"full":  "id SMALLINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, b VARBINARY(200) NOT NULL",
				"grows": "id INT PRIMARY KEY AUTO_INCREMENT, b VARBINARY(200) NOT NULL",
			}
			c := newCopying(t, pair[0], pair[1], long[6:9]...)
			from := c.source.DB(c.spec.SourceDatabase)
			defer from.Close()
			for table, columns := range tables {
				id := map[string]string{"full": "65535 - n", "grows": "n + 1"}[table]
				testkit.Exec(t, from, "CREATE TABLE "+table+" ("+columns+")",
					"INSERT INTO "+table+" (id, b) SELECT "+cmp.Or(id, "n - 9000")+", CONCAT(n, REPEAT('x', 150)) FROM numbers WHERE n <> 9000", "ANALYZE TABLE "+table)
			}
			testkit.Exec(t, from, "ALTER TABLE two AUTO_INCREMENT = 500000")
			allowLocal(t, c.target)
			c.spec.Executor = engine.ExecutorNative
			var beside []string
			_, err := c.run(t, engine.Hooks{Sessions: func(context.Context, engine.Sessions) error { // also after definitions were read
				_, err := from.Exec("INSERT INTO grows (b) VALUES ('late')")
				return err
			}, Commit: func(context.Context, engine.Intent) error {
				beside = query(t, c.target.db, "SELECT TABLE_NAME FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = ? AND PARTITION_NAME IS NOT NULL", c.names.Staging)
				return nil
			}})
			require.NoError(t, err)
			require.Len(t, beside, len(tables), "tables that rows were stored in at first")
			to := c.target.DB(c.spec.TargetDatabase)
			defer to.Close()
			var last int
			require.NoError(t, to.QueryRow("SELECT MAX(id) FROM grows").Scan(&last))
			testkit.Exec(t, from, fmt.Sprintf("DELETE FROM grows WHERE id > %d", last), fmt.Sprintf("ALTER TABLE grows AUTO_INCREMENT = %d", last+1))
			assert.Equal(t, sums(t, c.source, c.spec.SourceDatabase), sums(t, c.target, c.spec.TargetDatabase))
			counter := regexp.MustCompile(`AUTO_INCREMENT=(\d+)`)
			for table := range tables {
				next := counter.FindStringSubmatch(query(t, from, "SHOW CREATE TABLE "+table)[0])
				assert.Equal(t, next, counter.FindStringSubmatch(query(t, to, "SHOW CREATE TABLE "+table)[0]), table)
				assert.Contains(t, query(t, to, "CHECK TABLE "+table)[0], "status|true:OK")
				if table != "full" {
					testkit.Exec(t, to, "INSERT INTO "+table+" SET b = 'next'")
					assert.Equal(t, []string{"true:" + next[1]}, query(t, to, "SELECT MAX(id) FROM "+table))
				}
			}
			c.gone(t)
		})
	}
}
