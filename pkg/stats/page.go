package stats

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Page is what the statistics of a period say. Lists are sorted by tickets, largest first; Series has every period from
// first to last, also the empty ones.
type Page struct {
	Period
	Grain Grain
	Zone  string
	Total Measures
	Series, States, Kinds, Pairs, Sources, Targets,
	Requesters, Reviewers, Failures []Row
	Hours              [7 * 24]int64 // tickets submitted in each hour of the week, from Monday 0 o'clock
	Review, Queue, Run Times
}

// Row is one line of a table: Label is a day, a state or a code, or the name of what ID is. Pairs go from ID to ToID.
type Row struct {
	ID, ToID       int64
	Label, ToLabel string
	Measures
}

// pageOf sums the sheets up.
func pageOf(p Period, grain Grain, zone string, sheets Sheets, names Names) Page {
	page := Page{Period: p, Grain: grain, Zone: zone}
	tables := map[Dimension]map[Row]Measures{}
	add := func(table Dimension, r Row, m Measures) {
		if tables[table] == nil {
			tables[table] = map[Row]Measures{}
		}
		tables[table][r] = tables[table][r].plus(m)
	}
	sums := Sheet{}
	for key, sheet := range sheets {
		add("series", Row{Label: key.Period}, sheet[ByAll][""])
		add("kinds", Row{Label: key.Kind}, sheet[ByAll][""])
		sums.Add(sheet)
	}
	page.Total = sums[ByAll][""]
	buckets := map[Dimension]map[int]int64{ByReview: {}, ByQueue: {}, ByRun: {}}
	for dimension, members := range sums {
		for member, m := range members {
			number := numberOf(member)
			switch dimension {
			case ByAll:
			case ByPair:
				from, to, _ := strings.Cut(member, ">")
				source, target := numberOf(from), numberOf(to)
				add(ByPair, Row{ID: source, ToID: target, Label: names.Environments[source], ToLabel: names.Environments[target]}, m)
			case ByState, ByFailure:
				add(dimension, Row{Label: member}, m)
			case BySource, ByTarget:
				add(dimension, Row{ID: number, Label: names.Instances[number]}, m)
			case ByRequester, ByReviewer:
				add(dimension, Row{ID: number, Label: names.Users[number]}, m)
			case ByHour:
				page.Hours[number%int64(len(page.Hours))] += m.Tickets
			default:
				buckets[dimension][int(number)] += m.Tickets
			}
		}
	}
	for _, period := range p.steps(grain) {
		add("series", Row{Label: period}, Measures{})
	}
	page.Series = rowsOf(tables["series"])
	slices.SortFunc(page.Series, func(a, b Row) int { return cmp.Compare(a.Label, b.Label) })
	page.Kinds, page.Pairs = ranked(tables["kinds"]), ranked(tables[ByPair])
	page.States, page.Failures = ranked(tables[ByState]), ranked(tables[ByFailure])
	page.Sources, page.Targets = ranked(tables[BySource]), ranked(tables[ByTarget])
	page.Requesters, page.Reviewers = ranked(tables[ByRequester]), ranked(tables[ByReviewer])
	page.Review, page.Queue, page.Run = timesOf(buckets[ByReview]), timesOf(buckets[ByQueue]), timesOf(buckets[ByRun])
	return page
}

// numberOf is 0 where a member is no number.
func numberOf(member string) int64 {
	number, _ := strconv.ParseInt(member, 10, 64)
	return number
}

func rowsOf(table map[Row]Measures) []Row {
	rows := make([]Row, 0, len(table))
	for row := range maps.Keys(table) {
		row.Measures = table[row]
		rows = append(rows, row)
	}
	return rows
}

// ranked are the rows with the most tickets first.
func ranked(table map[Row]Measures) []Row {
	rows := rowsOf(table)
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Tickets, a.Tickets), cmp.Compare(a.Label, b.Label), cmp.Compare(a.ID, b.ID), cmp.Compare(a.ToID, b.ToID))
	})
	return rows
}

// steps are the first days of every grain of the period.
func (p Period) steps(grain Grain) []string {
	from, _ := time.Parse(time.DateOnly, p.From) // periods are checked when they are made
	until, _ := time.Parse(time.DateOnly, p.Until)
	var steps []string
	for at := from; !at.After(until); {
		steps = append(steps, at.Format(time.DateOnly))
		if grain == Month {
			at = at.AddDate(0, 1, 0)
		} else {
			at = at.AddDate(0, 0, 1)
		}
	}
	return steps
}
