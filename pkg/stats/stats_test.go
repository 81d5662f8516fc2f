package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
)

func TestTimes_AreWithinFivePercentOfTheExactQuantiles(t *testing.T) {
	t.Parallel()
	buckets := map[int]int64{}
	var exact []float64
	for range 10_000 {
		seconds := math.Exp(rand.NormFloat64()*3 + 4) // some take milliseconds, some take weeks
		exact = append(exact, seconds)
		buckets[bucketOf(time.Duration(seconds*float64(time.Second)))]++
	}
	slices.Sort(exact)
	got := timesOf(buckets)
	require.EqualValues(t, 10_000, got.Count)
	require.InEpsilon(t, exact[4999], got.P50, 0.05)
	require.InEpsilon(t, exact[8999], got.P90, 0.05)
	require.InEpsilon(t, exact[9499], got.P95, 0.05)
}

func TestTimes_OfNothingAreZero(t *testing.T) {
	t.Parallel()
	require.Zero(t, timesOf(nil))
}

func TestPeriod_IsToldByDayUntilItIsLong(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		asked, told Period
		grain       Grain
	}{
		"nothing asked":   {Period{}, Period{"2026-10-24", "2026-11-22"}, Day},
		"one day":         {Period{"2026-02-28", "2026-02-28"}, Period{"2026-02-28", "2026-02-28"}, Day},
		"92 days":         {Period{"2026-08-23", ""}, Period{"2026-08-23", "2026-11-22"}, Day},
		"93 days":         {Period{"2026-08-22", ""}, Period{"2026-08-01", "2026-11-30"}, Month},
		"over a leap day": {Period{"2023-12-31", "2024-04-30"}, Period{"2023-12-01", "2024-04-30"}, Month},
	} {
		told, grain, err := c.asked.whole(now)
		require.NoError(t, err, name)
		require.Equal(t, c.told, told, name)
		require.Equal(t, c.grain, grain, name)
	}
	for name, p := range map[string]Period{"backwards": {"2026-11-02", "2026-11-01"}, "no day": {"2026-02-30", ""}, "a time": {"", "2026-11-01T00:00:00Z"},
		"too long": {"1999-01-01", "2026-01-01"}} {
		_, _, err := p.whole(now)
		require.True(t, fault.Is(err, "bad_period"), name)
	}
}

func TestPage_HasEveryStepOfThePeriod(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"2024-02-28", "2024-02-29", "2024-03-01"}, Period{"2024-02-28", "2024-03-01"}.steps(Day))
	require.Equal(t, []string{"2025-11-01", "2025-12-01", "2026-01-01"}, Period{"2025-11-01", "2026-01-31"}.steps(Month))
}

func TestTally_OfAFactThatDidNotChangeIsNothing(t *testing.T) {
	t.Parallel()
	f := Fact{TicketID: 1, State: "running", Submitted: time.Now(), Review: time.Minute, Queue: Unknown, Run: Unknown}
	require.Empty(t, tally([]Change{{Counted: &f, Now: f}}, time.UTC))
}
