package stats

import (
	"strconv"
	"time"
)

// tally is what the changes add to the sheets, and take from them.
func tally(changes []Change, zone *time.Location) Sheets {
	sheets := Sheets{}
	for _, c := range changes {
		if c.Counted != nil {
			sheets.count(*c.Counted, zone, -1)
		}
		sheets.count(c.Now, zone, 1)
	}
	for key, sheet := range sheets {
		if len(sheet) == 0 {
			delete(sheets, key)
		}
	}
	return sheets
}

func (s Sheets) count(f Fact, zone *time.Location, sign int64) {
	at := f.Submitted.In(zone)
	m := Measures{Tickets: sign, Rows: sign * f.Rows, Bytes: sign * f.Bytes}
	switch f.State {
	case "succeeded", "undoing", "undone":
		m.Succeeded = sign
	case "failed", "needs_attention":
		m.Failed = sign
	}
	if f.Review != Unknown {
		m.ReviewSeconds = sign * int64(f.Review.Seconds())
	}
	members := f.members(at)
	for grain, period := range map[Grain]string{Day: at.Format(time.DateOnly), Month: at.Format("2006-01") + "-01"} {
		for _, scope := range f.scopes() {
			key := Key{grain, period, scope}
			sheet := s[key]
			if sheet == nil {
				sheet = Sheet{}
				s[key] = sheet
			}
			for dimension, member := range members {
				switch dimension {
				case ByHour, ByReview, ByQueue, ByRun:
					sheet.add(dimension, member, Measures{Tickets: sign})
				default:
					sheet.add(dimension, member, m)
				}
			}
		}
	}
}

// Add adds every sum of o, which may be negative.
func (s Sheet) Add(o Sheet) {
	for dimension, members := range o {
		for member, m := range members {
			s.add(dimension, member, m)
		}
	}
}

func (s Sheet) add(dimension Dimension, member string, m Measures) {
	members := s[dimension]
	if members == nil {
		members = map[string]Measures{}
		s[dimension] = members
	}
	sum := members[member].plus(m)
	if sum != (Measures{}) {
		members[member] = sum
	} else if delete(members, member); len(members) == 0 {
		delete(s, dimension)
	}
}

// scopes are those that a page can ask for and that a fact belongs to.
func (f Fact) scopes() []Scope {
	return []Scope{{f.Kind, 0, 0}, {f.Kind, f.SourceEnvironmentID, 0}, {f.Kind, 0, f.TargetEnvironmentID}, {f.Kind, f.SourceEnvironmentID, f.TargetEnvironmentID}}
}

// members is where a fact counts.
func (f Fact) members(at time.Time) map[Dimension]string {
	monday := (int(at.Weekday()) + 6) % 7
	members := map[Dimension]string{
		ByAll: "", ByPair: id(f.SourceEnvironmentID) + ">" + id(f.TargetEnvironmentID), ByState: f.State, ByRequester: id(f.RequesterID),
		BySource: id(f.SourceInstanceID), ByTarget: id(f.TargetInstanceID), ByHour: strconv.Itoa(monday*24 + at.Hour()),
	}
	if f.ReviewerID != 0 {
		members[ByReviewer] = id(f.ReviewerID)
	}
	if f.FailureCode != "" {
		members[ByFailure] = f.FailureCode
	}
	for dimension, took := range map[Dimension]time.Duration{ByReview: f.Review, ByQueue: f.Queue, ByRun: f.Run} {
		if took != Unknown {
			members[dimension] = strconv.Itoa(bucketOf(took))
		}
	}
	return members
}

func (m Measures) plus(o Measures) Measures {
	return Measures{m.Tickets + o.Tickets, m.Succeeded + o.Succeeded, m.Failed + o.Failed,
		m.Rows + o.Rows, m.Bytes + o.Bytes, m.ReviewSeconds + o.ReviewSeconds}
}

func id(n int64) string { return strconv.FormatInt(n, 10) }
