// Package stats counts tickets, so that it shows where service is slow. Every ticket has one Fact; facts are rolled up
// into Cells by day and by month, and a page is made of cells alone. A ticket counts for the day it was submitted on,
// with the state it has now.
package stats

import (
	"context"
	"time"

	"overmind/pkg/fault"
)

// Fact is what one ticket counts for. An environment that is not known any more is -1.
type Fact struct {
	TicketID            int64
	Kind                string
	State               string
	SourceEnvironmentID int64
	TargetEnvironmentID int64
	SourceInstanceID    int64
	TargetInstanceID    int64
	RequesterID         int64
	ReviewerID          int64 // 0 = nobody has decided
	FailureCode         string
	Submitted           time.Time
	Review              time.Duration // from submission to the decision; Unknown until then
	Queue               time.Duration // from approval, or the time asked for, to the first start
	Run                 time.Duration // of all attempts together
	Rows, Bytes         int64         // moved by the last attempt
}

// Unknown is a duration that has not ended.
const Unknown time.Duration = -1

// Scope is what a page can be narrowed to; zero values mean all.
type Scope struct {
	Kind                string
	SourceEnvironmentID int64
	TargetEnvironmentID int64
}

// Dimension is what a Cell counts by.
type Dimension string

// The dimensions; Member is an id, a state, a code, an hour of the week (Monday 0 o'clock is 0), or a bucket of time.
const (
	ByAll       Dimension = "all"
	ByPair      Dimension = "pair" // of environments, `3>1`
	ByState     Dimension = "state"
	BySource    Dimension = "source"
	ByTarget    Dimension = "target"
	ByRequester Dimension = "requester"
	ByReviewer  Dimension = "reviewer"
	ByFailure   Dimension = "failure"
	ByHour      Dimension = "hour"
	ByReview    Dimension = "review_time"
	ByQueue     Dimension = "queue_time"
	ByRun       Dimension = "run_time"
)

// Grain is how long the period of a cell is.
type Grain string

// The grains.
const (
	Day   Grain = "day"
	Month Grain = "month"
)

// Key names a cell. Period is its first day, `2026-11-01`.
type Key struct {
	Grain     Grain
	Period    string
	Dimension Dimension
	Scope
	Member string
}

// Measures is what a cell adds up. Succeeded includes what was undone later; Failed includes what needs attention.
type Measures struct {
	Tickets, Succeeded, Failed int64
	Rows, Bytes                int64
	ReviewSeconds              int64
}

// Change is a ticket's fact as it was counted and as it is now; nil = not counted yet.
type Change struct {
	Counted *Fact
	Now     Fact
}

// Cells are sums by key.
type Cells map[Key]Measures

// Period is a stretch of whole days, both included, as `2026-11-01`.
type Period struct{ From, Until string }

// Names resolves the ids of members for a page.
type Names struct {
	Users, Instances, Environments map[int64]string
}

// Store keeps facts and cells (pkg/store).
type Store interface {
	// AdvanceStatistics counts the tickets of at most limit further events and returns how many events there were. tally
	// makes of the changes what must be added to the cells. Another process at it: 0.
	AdvanceStatistics(ctx context.Context, limit int, tally func([]Change) Cells) (int, error)
	// RebuildStatistics counts every ticket anew with the days of zone, limit at a time, and tells how many it has counted.
	RebuildStatistics(ctx context.Context, zone string, limit int, tally func([]Change) Cells, told func(tickets int)) error
	// StatisticsZone is the time zone that days are counted in; the first caller decides it.
	StatisticsZone(ctx context.Context, wanted string) (string, error)
	// ReadStatistics returns the cells of exactly this scope: those of ByAll one by one, the others summed over the period.
	ReadStatistics(ctx context.Context, grain Grain, p Period, s Scope) (Cells, error)
	StatisticsNames(ctx context.Context) (Names, error)
}

func badPeriod(name, message string) error {
	return fault.OnField(name, "bad_period", "%s", message)
}
