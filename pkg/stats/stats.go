// Package stats counts tickets, so that it shows where service is slow. Every ticket has one Fact; facts are rolled up
// into Sheets by day and by month, and a page is made of sheets alone. A ticket counts for the day it was submitted on,
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

// Dimension is what a Sheet counts by.
type Dimension string

// The dimensions; a member is an id, a state, a code, an hour of the week (Monday 0 o'clock is 0), or a bucket of time.
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

// Grain is how long the period of a sheet is.
type Grain string

// The grains.
const (
	Day   Grain = "day"
	Month Grain = "month"
)

// Key names a sheet. Period is its first day, `2026-11-01`.
type Key struct {
	Grain  Grain
	Period string
	Scope
}

// Measures is what is added up. Succeeded includes what was undone later; Failed includes what needs attention.
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

// Sheet is everything that a page says of one day or month and one scope: sums by dimension and member. By hours and
// times only tickets are counted. A member that counts nothing is not in it.
type Sheet map[Dimension]map[string]Measures

// Sheets are sheets, or what is to be added to them.
type Sheets map[Key]Sheet

// Period is a stretch of whole days, both included, as `2026-11-01`.
type Period struct{ From, Until string }

// Names resolves the ids of members for a page.
type Names struct {
	Users, Instances, Environments map[int64]string
}

// Store keeps facts and sheets (pkg/store).
type Store interface {
	// AdvanceStatistics counts the tickets of at most limit further events and returns how many events there were. tally
	// makes of the changes what must be added to the sheets. Another process at it: 0.
	AdvanceStatistics(ctx context.Context, limit int, tally func([]Change) Sheets) (int, error)
	// RebuildStatistics counts every ticket anew with the days of zone, limit at a time, and tells how many of how many it
	// has counted.
	RebuildStatistics(ctx context.Context, zone string, limit int, tally func([]Change) Sheets, told func(done, all int)) error
	// StatisticsZone is the time zone that days are counted in; the first caller decides it.
	StatisticsZone(ctx context.Context, wanted string) (string, error)
	// ReadStatistics returns the sheets of the period and exactly these environments, of one kind or of all.
	ReadStatistics(ctx context.Context, grain Grain, p Period, s Scope) (Sheets, error)
	StatisticsNames(ctx context.Context) (Names, error)
}

func badPeriod(name, message string) error {
	return fault.OnField(name, "bad_period", "%s", message)
}
