package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestValuesThatTheSettingsOfASessionDecideAreNamed(t *testing.T) {
	t.Parallel()
	const columns = `id INT PRIMARY KEY, ts TIMESTAMP NULL, dt DATETIME, a INT, ` + "`a/b`" + ` INT, j VARCHAR(99),
		day DATE AS (DATE(ts)) VIRTUAL, third VARCHAR(40) AS (a / 3) STORED, until DATE AS (DATE(ts)) STORED, later INT AS (TO_DAYS(until)) STORED,
		total INT AS (a + id DIV 2) STORED, alive INT AS (IF(ts IS NULL, 1, NULL)) STORED, path VARCHAR(99) AS (CONCAT('it''s / ` + "`ts`" + `', ` + "`a/b`" + `)) STORED, month INT AS (MONTH(dt)) STORED,
		KEY plain (ts), KEY harmless (total, alive), KEY by_day (id, day)`
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("CREATE TABLE t (" + columns + ", second INT AS (UNIX_TIMESTAMP(ts)) STORED)")
	s.red(engine.Note, "session_dependent", "t.third", "t.until", "t.later")
	s.onSource("ALTER TABLE t DROP third, DROP later, DROP until").red(engine.Confirm, "session_dependent", "t.by_day")
	s.spec.Content = engine.StructureOnly
	s.green("session_dependent")

	s = between(t, testkit.MySQL(t), testkit.SecondMySQL(t)).onSource("CREATE TABLE t (" + columns + ", name VARCHAR(20) AS (DATE_FORMAT(dt, '%M')) STORED, ym CHAR(7) AS (DATE_FORMAT(dt, '%Y-%m')) STORED, KEY e ((YEAR(ts)), (HOUR(ts))), KEY h ((YEAR(dt))))")
	s.spec.Executor = engine.ExecutorPipe
	s.red(engine.Block, "session_dependent", "t.third", "t.until", "t.later", "t.name", "t.by_day", "t.e")
	s.spec.Executor = engine.ExecutorAuto
	s.onSource("ALTER TABLE t DROP third, DROP later, DROP until, DROP name").red(engine.Confirm, "session_dependent", "t.by_day", "t.e")
	s.onSource("ALTER TABLE t DROP KEY by_day, DROP KEY e").green("session_dependent")
}

func TestValueIsDecidedByTheSessionThroughAnotherColumn(t *testing.T) {
	t.Parallel()
	z := zoned{times: map[string]bool{"ts": true}, decided: map[string]bool{"day": true}}
	for expression, want := range map[string]bool{
		"`ts`": true, "year(`day`)": true, "(`day` is not null)": false, "isnull(`ts`)": false, "unix_timestamp(`ts`)": false, "unix_timestamp(`dt`)": true, "concat('`ts`',`a`)": false, `concat(_utf8mb4'it\'s / x',` + "`a`)": false,
	} {
		require.Equal(t, want, z.decides(expression, false), expression)
	}
	require.False(t, z.decides("`ts`", true))
	require.True(t, z.decides("`dt`", true))
}
