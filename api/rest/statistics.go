package rest

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"overmind/pkg/stats"
)

// Counted is the statistics (pkg/stats).
type Counted interface {
	Read(ctx context.Context, p stats.Period, scope stats.Scope) (stats.Page, error)
}

// StatisticsRow is one line of a table of tickets. Label is a day, a state or a code, or the name of what id is; an
// environment pair leads to to_id.
type StatisticsRow struct {
	ID            int64  `json:"id,omitempty"`
	Label         string `json:"label"`
	ToID          int64  `json:"to_id,omitempty"`
	ToLabel       string `json:"to_label,omitempty"`
	Tickets       int64  `json:"tickets"`
	Succeeded     int64  `json:"succeeded"`
	Failed        int64  `json:"failed"`
	Rows          int64  `json:"rows"`
	Bytes         int64  `json:"bytes"`
	ReviewSeconds int64  `json:"review_seconds"` // of all tickets together, from submission to the decision
}

// LeadTime is how long a step took, in seconds, right to 5 %. Count is the number of tickets that have passed it.
type LeadTime struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P95   float64 `json:"p95"`
}

// Statistics is what a period says. A ticket counts for the day it was submitted on, with the state it has now. A
// period of more than 92 days is stretched to whole months and told by month.
type Statistics struct {
	From       string          `json:"from" format:"date"`
	Until      string          `json:"until" format:"date"`
	Grain      string          `json:"grain" enums:"day,month"`
	TimeZone   string          `json:"time_zone" example:"Asia/Shanghai"`
	Total      StatisticsRow   `json:"total"`
	Series     []StatisticsRow `json:"series"` // every day or month from first to last
	States     []StatisticsRow `json:"states"`
	Kinds      []StatisticsRow `json:"kinds"`
	Pairs      []StatisticsRow `json:"pairs"` // source environment to target environment
	Sources    []StatisticsRow `json:"sources"`
	Targets    []StatisticsRow `json:"targets"`
	Requesters []StatisticsRow `json:"requesters"`
	Reviewers  []StatisticsRow `json:"reviewers"`
	Failures   []StatisticsRow `json:"failures"`
	Hours      []int64         `json:"hours"` // tickets submitted in each of the 168 hours of the week, from Monday 0 o'clock
	Review     LeadTime        `json:"review"`
	Queue      LeadTime        `json:"queue"`
	Run        LeadTime        `json:"run"`
}

type statisticsHandlers struct {
	stats Counted
	log   *slog.Logger
}

// get
//
//	@Summary	Count tickets
//	@ID			getStatistics
//	@Tags		statistics
//	@Produce	json
//	@Param		from					query		string	false	"first day; 30 days are told without it"	format(date)
//	@Param		until					query		string	false	"last day; today without it"				format(date)
//	@Param		kind					query		string	false	"kind of ticket"
//	@Param		source_environment_id	query		int		false	"only from this environment"	format(int64)
//	@Param		target_environment_id	query		int		false	"only to this environment"	format(int64)
//	@Success	200						{object}	Statistics
//	@Failure	400,401,403,422			{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/statistics [get]
func (h statisticsHandlers) get(c *gin.Context) error {
	page, err := h.read(c, newQuery(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, statisticsOf(page))
	return nil
}

// export
//
//	@Summary	Download one table of the statistics
//	@ID			exportStatistics
//	@Tags		statistics
//	@Produce	text/csv
//	@Param		table					query		string	false	"which table"	Enums(series,states,kinds,pairs,sources,targets,requesters,reviewers,failures,hours)	default(series)
//	@Param		from					query		string	false	"first day; 30 days are told without it"	format(date)
//	@Param		until					query		string	false	"last day; today without it"				format(date)
//	@Param		kind					query		string	false	"kind of ticket"
//	@Param		source_environment_id	query		int		false	"only from this environment"	format(int64)
//	@Param		target_environment_id	query		int		false	"only to this environment"	format(int64)
//	@Success	200						{string}	string
//	@Failure	400,401,403,422			{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/statistics/csv [get]
func (h statisticsHandlers) export(c *gin.Context) error {
	q := newQuery(c)
	table := q.oneOf("table", "series", "states", "kinds", "pairs", "sources", "targets", "requesters", "reviewers", "failures", "hours")
	page, err := h.read(c, q)
	if err != nil {
		return err
	}
	columns, rows := tableOf(page, table)
	return writeCSV(c, h.log, "tickets-"+table+"-"+page.From+"-"+page.Until, columns, func(add func(...string) error) error {
		for _, row := range rows {
			if err := add(row...); err != nil {
				return err
			}
		}
		return nil
	})
}

func tableOf(page stats.Page, table string) (columns []string, rows [][]string) {
	if table == "hours" {
		for i, tickets := range page.Hours {
			rows = append(rows, []string{strconv.Itoa(i/24 + 1), strconv.Itoa(i % 24), number(tickets)})
		}
		return []string{"weekday", "hour", "tickets"}, rows
	}
	tables := map[string][]stats.Row{"series": page.Series, "states": page.States, "kinds": page.Kinds, "pairs": page.Pairs,
		"sources": page.Sources, "targets": page.Targets, "requesters": page.Requesters, "reviewers": page.Reviewers, "failures": page.Failures}
	for _, r := range tables[table] {
		rows = append(rows, []string{number(r.ID), r.Label, number(r.ToID), r.ToLabel, number(r.Tickets), number(r.Succeeded),
			number(r.Failed), number(r.Rows), number(r.Bytes), number(r.ReviewSeconds)})
	}
	return []string{"id", "label", "to_id", "to_label", "tickets", "succeeded", "failed", "rows", "bytes", "review_seconds"}, rows
}

func (h statisticsHandlers) read(c *gin.Context, q *query) (stats.Page, error) {
	period := stats.Period{From: q.text("from"), Until: q.text("until")}
	scope := stats.Scope{Kind: q.text("kind"), SourceEnvironmentID: q.id("source_environment_id"), TargetEnvironmentID: q.id("target_environment_id")}
	if err := q.err(); err != nil {
		return stats.Page{}, err
	}
	return h.stats.Read(c.Request.Context(), period, scope)
}

func statisticsOf(p stats.Page) Statistics {
	return Statistics{From: p.From, Until: p.Until, Grain: string(p.Grain), TimeZone: p.Zone,
		Total: statisticsRowOf(stats.Row{Measures: p.Total}), Series: each(p.Series, statisticsRowOf), States: each(p.States, statisticsRowOf),
		Kinds: each(p.Kinds, statisticsRowOf), Pairs: each(p.Pairs, statisticsRowOf), Sources: each(p.Sources, statisticsRowOf),
		Targets: each(p.Targets, statisticsRowOf), Requesters: each(p.Requesters, statisticsRowOf),
		Reviewers: each(p.Reviewers, statisticsRowOf), Failures: each(p.Failures, statisticsRowOf), Hours: p.Hours[:],
		Review: leadTimeOf(p.Review), Queue: leadTimeOf(p.Queue), Run: leadTimeOf(p.Run)}
}

func statisticsRowOf(r stats.Row) StatisticsRow {
	return StatisticsRow{ID: r.ID, Label: r.Label, ToID: r.ToID, ToLabel: r.ToLabel, Tickets: r.Tickets, Succeeded: r.Succeeded,
		Failed: r.Failed, Rows: r.Rows, Bytes: r.Bytes, ReviewSeconds: r.ReviewSeconds}
}

func leadTimeOf(t stats.Times) LeadTime { return LeadTime(t) }

func number(n int64) string { return strconv.FormatInt(n, 10) }
