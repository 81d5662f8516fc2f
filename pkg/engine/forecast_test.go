package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// copied plays a copy of two tables second by second: each loads, builds two keys and is compared, one after the other.
type copied struct {
	f   *forecast
	now time.Time
}

func newCopied() *copied {
	f := newForecast([]PlannedTable{{Name: "big", Rows: 1000, Bytes: 100_000}, {Name: "small", Rows: 100, Bytes: 10_000}})
	f.tables[0].keys, f.tables[1].keys = 2, 0
	return &copied{f: f, now: time.Unix(0, 0)}
}

func (c *copied) second(big, small reading) {
	c.now = c.now.Add(time.Second)
	c.f.look(c.now, []reading{big, small})
}

func at(state string, rows int64) reading { return reading{state: state, rows: rows, bytes: rows * 80} }

func TestForecast_LoadsAtItsRecentPace(t *testing.T) {
	t.Parallel()
	c := newCopied()
	for i := range int64(10) {
		c.second(at("loading", i*50), at("waiting", 0))
	}
	left, known := c.f.left(loading)
	require.True(t, known)
	// 550 of 1000 rows of the big table and all of the small one at 5000 units a second: 13 s
	require.InDelta(t, 13, left.Seconds(), 0.5)
	require.InDelta(t, 4000, c.f.bytes.rate(), 50)
	for range 60 { // half as fast for a minute, which the forecast follows
		c.second(at("loading", 450), at("waiting", 0))
	}
	slower, known := c.f.left(loading)
	require.True(t, known)
	require.Greater(t, slower, 4*left)
}

func TestForecast_SaysNothingBeforeItHasSeenAnything(t *testing.T) {
	t.Parallel()
	c := newCopied()
	c.second(at("waiting", 0), at("waiting", 0))
	_, known := c.f.remaining()
	require.False(t, known)
	require.Zero(t, c.f.share)
}

func TestForecast_BuildsKeysAsTheServerTellsElseByTime(t *testing.T) {
	t.Parallel()
	c := newCopied()
	for i := range int64(11) {
		c.second(at("loading", i*100), at("loading", i*10))
	}
	c.second(at("indexing", 1000), at("loading", 100))
	told := at("indexing", 1000)
	told.keys = 0.4
	c.second(told, at("loading", 100))
	require.Equal(t, 0.4, c.f.tables[0].shares[indexing])
	c.second(at("indexing", 1000), at("loading", 100))
	require.Equal(t, 0.4, c.f.tables[0].shares[indexing], "it never goes back")
	for range 1000 {
		c.second(at("indexing", 1000), at("loading", 100))
	}
	require.Equal(t, 0.99, c.f.tables[0].shares[indexing], "by time it is nearly there, and not more")
}

func TestForecast_TakesThePaceOfATableForTheNext(t *testing.T) {
	t.Parallel()
	f := newForecast([]PlannedTable{{Name: "a", Rows: 10, Bytes: 1000}, {Name: "b", Rows: 10, Bytes: 3000}})
	f.tables[0].keys, f.tables[1].keys = 1, 1
	now := time.Unix(0, 0)
	for _, s := range []string{"loading", "loading", "loading", "indexing", "indexing", "indexing", "indexing", "indexing", "verifying"} {
		now = now.Add(time.Second)
		f.look(now, []reading{at(s, 10), at("loading", 10)})
	}
	// a needed 5 s for 1000 units of keys; b has 3000
	left, known := f.left(indexing)
	require.True(t, known)
	require.Equal(t, 15*time.Second, left)
}

func TestForecast_RowsComparedWhileOthersAreLoadedTakeNoTimeOfTheirOwn(t *testing.T) {
	t.Parallel()
	c := newCopied()
	for i := range int64(6) {
		along := at("loading", i*100)
		along.compared = along.bytes / 2
		c.second(along, at("waiting", 0))
	}
	require.Equal(t, 0.25, c.f.tables[0].shares[verifying])
	left, known := c.f.left(verifying)
	require.True(t, known)
	require.Less(t, left, 2*time.Second, "that of the small table")
}

func TestForecast_SharesOnlyGrowAndEndAtOne(t *testing.T) {
	t.Parallel()
	c := newCopied()
	var shares []float64
	note := func(big, small reading) {
		c.second(big, small)
		shares = append(shares, c.f.share, c.f.tables[0].share, c.f.tables[1].share)
	}
	for _, rows := range []int64{0, 300, 600, 400, 900, 1500, 1600} { // rolled back once, and more than estimated
		note(at("loading", rows), at("waiting", 0))
	}
	note(at("indexing", 1600), at("loading", 40))
	back := at("verifying", 1600)
	back.compared = 64_000
	note(back, at("verifying", 80))
	for i := 3; i < len(shares); i++ {
		require.GreaterOrEqual(t, shares[i], shares[i-3])
		require.Less(t, shares[i], 1.0)
	}
	note(at("done", 1600), at("done", 80))
	require.Equal(t, 1.0, c.f.share)
	left, known := c.f.remaining()
	require.True(t, known)
	require.Zero(t, left)
	require.Equal(t, int64(1600), c.f.tables[0].rowsTotal)
	require.Equal(t, int64(80), c.f.tables[1].rowsTotal)
}
