package stats

import (
	"math"
	"slices"
	"time"
)

// bucketsPerOctave makes a bucket 9 % wide, so that its middle is at most 4.5 % from any time in it.
const bucketsPerOctave = 8

// bucketOf counts in milliseconds, from 1.
func bucketOf(took time.Duration) int {
	ms := max(float64(took)/float64(time.Millisecond), 1)
	return int(math.Floor(bucketsPerOctave * math.Log2(ms)))
}

func middleOf(bucket int) time.Duration {
	return time.Duration(math.Exp2((float64(bucket)+0.5)/bucketsPerOctave) * float64(time.Millisecond))
}

// Times are quantiles of a duration in seconds, right to 5 %.
type Times struct {
	Count         int64
	P50, P90, P95 float64
}

// timesOf reads quantiles from the number of tickets in each bucket.
func timesOf(buckets map[int]int64) Times {
	var t Times
	order := make([]int, 0, len(buckets))
	for bucket, n := range buckets {
		t.Count += n
		order = append(order, bucket)
	}
	slices.Sort(order)
	quantile := func(q float64) float64 {
		rank, seen := int64(math.Ceil(q*float64(t.Count))), int64(0)
		for _, bucket := range order {
			if seen += buckets[bucket]; seen >= rank && seen > 0 {
				return middleOf(bucket).Seconds()
			}
		}
		return 0
	}
	t.P50, t.P90, t.P95 = quantile(0.5), quantile(0.9), quantile(0.95)
	return t
}
