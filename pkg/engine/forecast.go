package engine

import (
	"math"
	"time"
)

// step is one of the three parts of a table's way.
type step int

const (
	loading step = iota
	indexing
	verifying
	steps
)

// How much faster than the loading of rows the two later steps go until this copy has shown its own pace, per byte of
// the table and, for keys, per key. They decide nothing but the first guesses.
const (
	guessKeys    = 3
	guessCompare = 4
)

const (
	rateWindow = 30 * time.Second // over which the pace of loading is taken
	rateAfter  = 2 * time.Second  // before that a pace says little
)

// reading is what can be seen of a table at one moment.
type reading struct {
	state       string
	rows, bytes int64
	compared    int64   // bytes read back
	keys        float64 // share of its keys that is built, where the server tells; else 0
}

// forecast turns what can be seen into shares and remaining times. Each step has a pace of its own, measured in this
// copy as soon as there is something to measure. Shares never go back and are below 1 until the end.
type forecast struct {
	tables []*tableForecast
	paces  [steps]float64 // at the last look
	recent average        // work loaded a second
	bytes  average        // bytes a second, as they are shown
	begun  time.Time
	last   time.Time
	done   float64       // work loaded at last
	busy   time.Duration // with loading that went on
	sent   int64
	share  float64
}

// tableForecast is one table's part. Its work in a step is its weight, for keys once for each.
type tableForecast struct {
	weight    float64
	keys      int
	rowsTotal int64
	seen      reading
	began     [steps]time.Time
	took      [steps]time.Duration
	shares    [steps]float64
	share     float64
	rate      average
	along     bool // its rows are compared while others of it are loaded: that takes no time of its own
}

// average is a rate over the last rateWindow.
type average struct{ value, weight float64 }

func (a *average) add(rate float64, over time.Duration) {
	part := 1 - math.Exp(-over.Seconds()/rateWindow.Seconds())
	a.value += part * (rate - a.value)
	a.weight += part * (1 - a.weight)
}

func (a average) rate() float64 {
	if a.weight == 0 {
		return 0
	}
	return a.value / a.weight
}

func newForecast(planned []PlannedTable) *forecast {
	f := &forecast{}
	for _, t := range planned {
		f.tables = append(f.tables, &tableForecast{weight: float64(max(t.Bytes, 1)), rowsTotal: t.Rows})
	}
	return f
}

// look takes in the readings of all tables, in the order of the plan.
func (f *forecast) look(now time.Time, readings []reading) {
	for i, r := range readings {
		f.tables[i].look(now, f.last, r)
	}
	f.pace()
	for _, t := range f.tables {
		for s := range steps {
			t.advance(s, now, f.paces[s])
		}
		t.share = max(t.share, t.total(f))
	}
	f.share = max(f.share, f.total())
	f.measure(now)
	f.pace()
}

// pace takes the paces of all steps, each of which is one of all tables.
func (f *forecast) pace() {
	for s := range steps {
		f.paces[s] = f.paceOf(s)
	}
}

// measure takes the pace of loading since the last look.
func (f *forecast) measure(now time.Time) {
	var sent int64
	var done float64
	for _, t := range f.tables {
		sent += t.seen.bytes
		done += t.shares[loading] * t.weight
		if f.begun.IsZero() && !t.began[loading].IsZero() {
			f.begun = now
		}
	}
	if over := now.Sub(f.last); over > 0 && !f.last.IsZero() && !f.begun.IsZero() && !f.over(loading) {
		f.recent.add((done-f.done)/over.Seconds(), over)
		f.bytes.add(float64(sent-f.sent)/over.Seconds(), over)
		if done > f.done {
			f.busy += over
		}
	}
	f.last, f.done, f.sent = now, done, sent
}

func (t *tableForecast) look(now, before time.Time, r reading) {
	if gained := r.bytes - t.seen.bytes; gained > 0 && now.After(before) && !t.began[loading].IsZero() {
		t.rate.add(float64(gained)/now.Sub(before).Seconds(), now.Sub(before))
	}
	r.rows, r.bytes = max(r.rows, t.seen.rows), max(r.bytes, t.seen.bytes) // a chunk that is moved again is not news
	t.seen = r
	t.rowsTotal = max(t.rowsTotal, r.rows)
	t.along = t.along || r.state == "loading" && r.compared > 0
	at := map[string]step{"loading": loading, "indexing": indexing, "verifying": verifying, "done": steps}
	reached, begun := at[r.state]
	if !begun {
		return
	}
	if reached > loading {
		t.rowsTotal = r.rows
	}
	for s := range min(reached+1, steps) {
		if t.began[s].IsZero() {
			t.began[s] = now
		}
		if s < reached && t.shares[s] < 1 {
			t.shares[s], t.took[s] = 1, now.Sub(t.began[s])
		}
	}
}

// advance sets the share of a step that is under way, from what is counted or else from the time it should take.
func (t *tableForecast) advance(s step, now time.Time, pace float64) {
	if t.began[s].IsZero() && !(s == verifying && t.along) || t.shares[s] == 1 {
		return
	}
	var share float64
	switch {
	case s == verifying && t.along && t.seen.state == "loading":
		share = t.shares[loading] * float64(t.seen.compared) / float64(max(t.seen.bytes, 1))
	case s == loading && t.rowsTotal > 0:
		share = float64(t.seen.rows) / float64(t.rowsTotal)
	case s == indexing && t.seen.keys > 0:
		share = t.seen.keys
	case s == verifying && t.seen.compared > 0 && t.seen.bytes > 0:
		share = float64(t.seen.compared) / float64(t.seen.bytes)
	case s != loading && pace > 0 && t.work(s) > 0:
		share = now.Sub(t.began[s]).Seconds() * pace / t.work(s)
	}
	t.shares[s] = max(t.shares[s], min(share, 0.99))
}

func (t *tableForecast) work(s step) float64 {
	if s == indexing {
		return t.weight * float64(t.keys)
	}
	return t.weight
}

// paceOf is work a second in one session, or in all of them for loading; 0 = not known yet.
func (f *forecast) paceOf(s step) float64 {
	if s == loading {
		if f.begun.IsZero() || f.last.Sub(f.begun) < rateAfter {
			return 0
		}
		return f.recent.rate()
	}
	var work, seconds float64
	for _, t := range f.tables {
		if t.shares[s] == 1 && !(s == verifying && t.along) {
			work += t.work(s)
			seconds += t.took[s].Seconds()
		}
	}
	if seconds > 0 && work > 0 {
		return work / seconds
	}
	if f.busy == 0 {
		return 0
	}
	return f.done / f.busy.Seconds() * map[step]float64{indexing: guessKeys, verifying: guessCompare}[s]
}

// left is how long the rest of a step takes; false while that is not known.
func (f *forecast) left(s step) (time.Duration, bool) {
	var work float64
	open := 0
	for _, t := range f.tables {
		if part := (1 - t.shares[s]) * t.work(s); part > 0 && !(s == verifying && t.along) {
			work += part
			open++
		}
	}
	pace := f.paces[s]
	switch {
	case work == 0:
		return 0, true
	case pace <= 0:
		return 0, false
	case s != loading:
		pace *= float64(min(open, finishers))
	}
	return time.Duration(work / pace * float64(time.Second)), true
}

// remaining is how long the rest of the copy takes.
func (f *forecast) remaining() (total time.Duration, known bool) {
	for s := range steps {
		left, known := f.left(s)
		if !known {
			return 0, false
		}
		total += left
	}
	return total, true
}

func (f *forecast) over(s step) bool {
	for _, t := range f.tables {
		if t.shares[s] < 1 {
			return false
		}
	}
	return true
}

// cost is what a unit of a step's work counts among the steps: their shares become one by it.
func (f *forecast) cost(s step) float64 {
	switch s {
	case indexing:
		return 1.0 / guessKeys
	case verifying:
		return 1.0 / guessCompare
	}
	return 1
}

func (t *tableForecast) parts(f *forecast) (done, all float64) {
	for s := range steps {
		cost := t.work(s) * f.cost(s)
		done += t.shares[s] * cost
		all += cost
	}
	return done, all
}

func (t *tableForecast) total(f *forecast) float64 {
	done, all := t.parts(f)
	return done / all
}

func (f *forecast) total() float64 {
	var done, all float64
	for _, t := range f.tables {
		d, a := t.parts(f)
		done += d
		all += a
	}
	if all == 0 {
		return 0
	}
	return done / all
}

// shareOf is how much of a step is done over all tables.
func (f *forecast) shareOf(s step) float64 {
	var done, all float64
	for _, t := range f.tables {
		done += t.shares[s] * t.work(s)
		all += t.work(s)
	}
	if all == 0 && !f.over(loading) { // how many keys there are is not known at first
		return 0
	}
	if all == 0 {
		return 1
	}
	return done / all
}
