package engine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestPreflight_CountsByTheDensityOfKeysWhereStatisticsAreWrong(t *testing.T) {
	t.Parallel()
	for name, expression := range map[string]string{"dense keys": "seq", "every seventh key": "CAST(seq AS SIGNED) * 7 - 100000"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t),
				"CREATE TABLE big (id INT PRIMARY KEY, body VARCHAR(100) NOT NULL) ENGINE=InnoDB STATS_AUTO_RECALC=0",
				fmt.Sprintf("INSERT INTO big SELECT %s, REPEAT('x', 90) FROM seq_1_to_40000", expression),
				"ANALYZE TABLE big",
				"UPDATE mysql.innodb_table_stats SET n_rows = 400000 WHERE database_name = DATABASE() AND table_name = 'big'",
				"FLUSH TABLE big")
			plan := c.plan(t)
			assert.InEpsilon(t, 40_000, plan.Tables[0].Rows, 0.1)
			assert.Equal(t, plan.Tables[0].Rows, plan.TotalRows)
			assert.InEpsilon(t, 40_000*98, plan.Estimate.Bytes, 0.1)
			assert.Equal(t, "default", plan.Estimate.Basis)
			assert.Less(t, plan.Estimate.SecondsLow, plan.Estimate.SecondsHigh)
		})
	}
}

func TestPreflight_KeepsStatisticsWhereASampleSaysNothing(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MariaDB(t), testkit.SecondMariaDB(t),
		"CREATE TABLE heaps (id BIGINT UNSIGNED PRIMARY KEY)", "INSERT INTO heaps SELECT seq FROM seq_1_to_20000", "INSERT INTO heaps SELECT seq + 900000000 FROM seq_1_to_20000",
		"CREATE TABLE keyless (body CHAR(50)) CHARSET latin1", "INSERT INTO keyless SELECT REPEAT('x', 50) FROM seq_1_to_20000", "ANALYZE TABLE heaps, keyless")
	plan := c.plan(t)
	assert.InEpsilon(t, 60_000, plan.TotalRows, 0.2)
	assert.InEpsilon(t, 20_000*51+40_000*6, plan.Estimate.Bytes, 0.5)
}

func TestEstimate_LearnsFromEarlierCopiesAndKeepsToTheLimit(t *testing.T) {
	t.Parallel()
	e := engine.Estimate{Bytes: 1e9, SecondsLow: 10, SecondsHigh: 300, Basis: "default"}
	same := e.After([]engine.Past{{Bytes: 1e6, Seconds: 50}, {Bytes: 0, Seconds: 1}}, engine.Limits{})
	require.Equal(t, e, same, "copies of much less say nothing")
	learned := e.After([]engine.Past{{Bytes: 5e8, Seconds: 42.5}, {Bytes: 2e9, Seconds: 202.5}}, engine.Limits{})
	require.Equal(t, engine.Estimate{Bytes: 1e9, SecondsLow: 66, SecondsHigh: 129, Basis: "history", Copies: 2}, learned)
	limited := e.After([]engine.Past{{Bytes: 1e9, Seconds: 40}}, engine.Limits{BytesPerSecond: 2e6})
	require.Equal(t, int64(1000), limited.SecondsLow)
	require.Equal(t, int64(1100), limited.SecondsHigh)
}
