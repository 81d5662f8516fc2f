package engine

import (
	"context"
	"math"
	"slices"
	"time"
)

// Estimate is about what a copy moves and how long it takes. Basis says where the time is from: `history` are earlier
// copies between the same two servers, `default` is what servers of any size are known to do.
type Estimate struct {
	Rows        int64  `json:"rows"`
	Bytes       int64  `json:"bytes"` // as they are sent, without keys
	SecondsLow  int64  `json:"seconds_low"`
	SecondsHigh int64  `json:"seconds_high"`
	Basis       string `json:"basis"`
	Copies      int    `json:"copies,omitempty"` // earlier ones it is from
}

// Past is a finished copy.
type Past struct {
	Bytes   int64 // as they were sent
	Seconds float64
}

const (
	estimateLimit = 3 * time.Second // for all samples together
	sampledTables = 3               // the largest ones
	sampleFrom    = 10_000          // rows; what is smaller matters little

	// How fast rows arrive where nothing is known: from a small server with several keys to a large one without any.
	slowBytes, fastBytes = 8e6, 80e6
	// What a table and a copy cost whatever they hold.
	slowTable, fastTable = 0.03, 0.003
	slowCopy, fastCopy   = 4.0, 1.0
)

// estimate fills in what the plan moves and how long that may take. Where a sample cannot be had, statistics stand.
func estimate(ctx context.Context, spec Spec, source queryer, plan *Plan) {
	ctx, cancel := context.WithTimeout(ctx, estimateLimit)
	defer cancel()
	if spec.Content == StructureOnly {
		plan.Estimate = &Estimate{Basis: "default"}
		plan.Estimate.guess(spec, len(plan.Tables), fastBytes)
		return
	}
	order := make([]int, len(plan.Tables))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(plan.Tables[b].Bytes - plan.Tables[a].Bytes) })
	plan.Estimate = &Estimate{Basis: "default"}
	ratio, pace := 1.0, fastBytes // bytes sent for a byte stored; bytes a second that one session reads
	plan.TotalRows = 0
	for n, i := range order {
		t := &plan.Tables[i]
		sent := float64(t.Bytes) * ratio
		if n < sampledTables && (t.Rows >= sampleFrom || t.Bytes >= sampleFrom*100) && ctx.Err() == nil {
			if s, err := sampleTable(ctx, source, spec.SourceDatabase, *t); err == nil && s.rows > 0 {
				t.Rows = s.total
				sent = float64(s.total) * float64(s.bytes) / float64(s.rows)
				if n == 0 {
					ratio, pace = sent/float64(max(t.Bytes, 1)), float64(s.bytes)/s.took.Seconds()
				}
			}
		}
		plan.TotalRows += t.Rows
		plan.Estimate.Bytes += int64(sent)
	}
	plan.Estimate.Rows = plan.TotalRows
	plan.Estimate.guess(spec, len(plan.Tables), pace)
}

// guess takes the time from what is known of servers in general, and of how fast this source was read.
func (e *Estimate) guess(spec Spec, tables int, readPace float64) {
	bytes := float64(e.Bytes)
	fast := min(fastBytes, readPace*defaultWorkers)
	e.between(fastCopy+float64(tables)*fastTable+bytes/fast, slowCopy+float64(tables)*slowTable+bytes/min(slowBytes, fast), spec.Limits)
}

// between sets the time, which no limit can be faster than: rows are moved and read back.
func (e *Estimate) between(low, high float64, l Limits) {
	if l.BytesPerSecond > 0 {
		least := 2 * float64(e.Bytes) / float64(l.BytesPerSecond)
		low, high = max(low, least), max(high, least*1.1)
	}
	e.SecondsLow, e.SecondsHigh = int64(math.Floor(low)), int64(math.Ceil(high))
}

// After takes the time from earlier copies between the same servers instead. Copies of much less say nothing.
func (e Estimate) After(past []Past, l Limits) Estimate {
	low, high := math.Inf(1), 0.0
	n := 0
	for _, p := range past {
		if p.Bytes <= 0 || p.Seconds <= 0 || p.Bytes < e.Bytes/10 {
			continue
		}
		fixed := min(p.Seconds, (slowCopy+fastCopy)/2)
		seconds := fixed + (p.Seconds-fixed)*float64(e.Bytes)/float64(p.Bytes)
		low, high = min(low, seconds), max(high, seconds)
		n++
	}
	if n == 0 {
		return e
	}
	e.Basis, e.Copies = "history", n
	e.between(low*0.8, high*1.25, l)
	return e
}
