package engine

import (
	"math"
	"slices"
	"sync"
	"time"
)

// Phase is the step a copy is in.
type Phase string

// The phases in order.
const (
	PhasePreflight Phase = "preflight"
	PhaseStage     Phase = "stage"
	PhaseLoad      Phase = "load"
	PhaseIndex     Phase = "index"
	PhaseVerify    Phase = "verify"
	PhaseSwapping  Phase = "swapping"
	PhaseObjects   Phase = "objects"
	PhaseDone      Phase = "done"
)

// Progress is a snapshot of a running copy. Percent never goes back and is 100 at the end only; ETASeconds is absent
// while it cannot be said.
type Progress struct {
	Phase      Phase           `json:"phase"`
	Percent    float64         `json:"percent"`
	RowsDone   int64           `json:"rows_done"`
	RowsTotal  int64           `json:"rows_total"` // estimate
	BytesDone  int64           `json:"bytes_done"`
	BytesTotal int64           `json:"bytes_total"`      // estimate
	Rate       int64           `json:"bytes_per_second"` // over the last 30 s
	ETASeconds *int64          `json:"eta_seconds,omitempty"`
	Steps      []StepProgress  `json:"steps"` // load, index and verify, which overlap: each table goes through them by itself
	Stall      *Stall          `json:"stall,omitempty"`
	Tables     []TableProgress `json:"tables"`
	At         time.Time       `json:"at"`
}

// StepProgress is one step over all tables.
type StepProgress struct {
	Phase      Phase   `json:"phase"`
	Percent    float64 `json:"percent"`
	ETASeconds *int64  `json:"eta_seconds,omitempty"`
}

// TableProgress is one table's part of a Progress. State is waiting, loading, indexing, verifying or done.
type TableProgress struct {
	Name       string  `json:"name"`
	State      string  `json:"state"`
	Percent    float64 `json:"percent,omitempty"` // of all its steps
	RowsDone   int64   `json:"rows_done"`
	RowsTotal  int64   `json:"rows_total"`
	BytesDone  int64   `json:"bytes_done"`
	BytesTotal int64   `json:"bytes_total"`
	Rate       int64   `json:"bytes_per_second,omitempty"`
	ETASeconds *int64  `json:"eta_seconds,omitempty"` // of the state it is in
}

// How often a run's owner is told how far it is: what is told is as long as there are tables.
const (
	progressEvery    = 500 * time.Millisecond
	progressPerTable = 200 * time.Microsecond
	progressTaken    = 2 * time.Second // the last state is
)

// progress tells a run's owner about twice a second how far it is, and every phase as it begins.
type progress struct {
	mu       sync.Mutex
	clock    func() time.Time
	now      Phase
	plan     Plan
	places   map[string]int // of the tables in the plan
	forecast *forecast
	tables   map[string]counter
	states   map[string]string
	keys     map[string]float64 // shares of key builds, as the target tells them
	stall    *Stall
	seen     []reading
	moved    time.Time // when something was last seen to go on
	send     func(Progress)
	begun    chan Phase // every phase in order, so that a short one is told too
	quit     chan struct{}
	done     chan struct{}
	once     sync.Once
}

func newProgress(send func(Progress), plan Plan) *progress {
	p := &progress{
		clock: time.Now, now: PhasePreflight, plan: plan, forecast: newForecast(plan.Tables), send: send, moved: time.Now(),
		begun: make(chan Phase, 16), quit: make(chan struct{}), done: make(chan struct{}),
		tables: map[string]counter{}, states: map[string]string{}, keys: map[string]float64{}, places: map[string]int{},
	}
	for i, t := range plan.Tables {
		p.places[t.Name] = i
	}
	go p.loop()
	return p
}

func (p *progress) loop() {
	defer close(p.done)
	if p.send == nil {
		return
	}
	tick := time.NewTicker(progressEvery + time.Duration(len(p.plan.Tables))*progressPerTable)
	defer tick.Stop()
	for {
		select {
		case phase := <-p.begun:
			p.sendAs(phase)
		case <-tick.C:
			p.sendAll()
		case <-p.quit:
			p.sendAll()
			return
		}
	}
}

// sendAll sends what has begun before what is now, so that phases never go backwards.
func (p *progress) sendAll() {
	for len(p.begun) > 0 {
		p.sendAs(<-p.begun)
	}
	p.send(p.snapshot())
}

func (p *progress) sendAs(phase Phase) {
	s := p.snapshot()
	s.Phase = phase
	p.send(s)
}

// stop sends the last state and returns when nothing more is sent, or when nobody takes what is.
func (p *progress) stop() {
	p.once.Do(func() { close(p.quit) })
	select {
	case <-p.done:
	case <-time.After(progressTaken):
	}
}

func (p *progress) phase(now Phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.send != nil && p.now != now {
		p.begun <- now
	}
	p.now, p.moved = now, p.clock()
}

// follow begins to watch a table that gets so many keys after its rows.
func (p *progress) follow(table string, moved counter, keys int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tables[table] = moved
	if i, planned := p.places[table]; planned {
		p.forecast.tables[i].keys = keys
	}
}

func (p *progress) state(table, state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.states[table], p.moved = state, p.clock()
}

// built tells how much of some tables' keys is built.
func (p *progress) built(shares map[string]float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = shares
}

// building tells whether some table's keys are being built.
func (p *progress) building() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, state := range p.states {
		if state == "indexing" {
			return true
		}
	}
	return false
}

// stalled tells why nothing goes on; nil = it does.
func (p *progress) stalled(why *Stall) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stall = why
}

// quiet is since when nothing was seen to go on, and in which phase.
func (p *progress) quiet() (since time.Time, now Phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	return p.moved, p.now
}

func (p *progress) read(planned PlannedTable) reading {
	r := reading{state: "waiting", keys: p.keys[planned.Name]}
	if moved := p.tables[planned.Name]; moved != nil {
		r.rows, r.bytes, r.compared = moved.Rows(), moved.Bytes(), moved.Compared()
		if moved.Began() {
			r.state = "loading"
		}
	}
	if state := p.states[planned.Name]; state != "" {
		r.state = state
	}
	return r
}

// look takes in how far the tables are and whether anything went on since the last time.
func (p *progress) look() {
	var readings []reading
	for _, planned := range p.plan.Tables {
		readings = append(readings, p.read(planned))
	}
	if !slices.Equal(readings, p.seen) {
		p.seen, p.moved = readings, p.clock()
	}
	p.forecast.look(p.clock(), readings)
}

func (p *progress) snapshot() Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look()
	f := p.forecast
	s := Progress{Phase: p.now, Percent: min(percent(f.share), mostOpen), RowsTotal: p.plan.TotalRows, BytesTotal: p.plan.TotalBytes,
		Rate: int64(f.bytes.rate()), Stall: p.stall, At: p.clock().UTC(), Tables: []TableProgress{}}
	if p.now == PhaseDone {
		s.Percent = 100
	}
	for i, planned := range p.plan.Tables {
		t := f.tables[i].progress(f)
		t.Name, t.BytesTotal = planned.Name, max(planned.Bytes, t.BytesDone)
		s.RowsDone += t.RowsDone
		s.BytesDone += t.BytesDone
		s.Tables = append(s.Tables, t)
	}
	s.RowsTotal, s.BytesTotal = max(s.RowsTotal, s.RowsDone), max(s.BytesTotal, s.BytesDone)
	for i, phase := range []Phase{PhaseLoad, PhaseIndex, PhaseVerify} {
		one := StepProgress{Phase: phase, Percent: percent(f.shareOf(step(i)))}
		if left, known := f.left(step(i)); known && p.stall == nil {
			one.ETASeconds = seconds(left)
		}
		s.Steps = append(s.Steps, one)
	}
	if left, known := f.remaining(); known && p.stall == nil {
		s.ETASeconds = seconds(left)
	}
	return s
}

func (t *tableForecast) progress(f *forecast) TableProgress {
	p := TableProgress{State: t.seen.state, RowsDone: t.seen.rows, RowsTotal: t.rowsTotal, BytesDone: t.seen.bytes, Percent: percent(t.share)}
	at, busy := map[string]step{"loading": loading, "indexing": indexing, "verifying": verifying}[t.seen.state]
	if !busy {
		return p
	}
	pace := f.paces[at]
	if at == loading {
		p.Rate = int64(t.rate.rate())
		pace = float64(p.Rate) * t.shares[loading] * t.weight / float64(max(t.seen.bytes, 1))
	}
	if pace > 0 {
		p.ETASeconds = seconds(time.Duration((1 - t.shares[at]) * t.work(at) / pace * float64(time.Second)))
	}
	return p
}

// mostOpen is the most percent of a copy that is not at its end: what follows the rows is not counted.
const mostOpen = 99.9

// percent rounds down, so that nothing is told that is not there yet.
func percent(share float64) float64 { return math.Floor(share*1000) / 10 }

func seconds(d time.Duration) *int64 {
	n := int64(math.Ceil(d.Seconds()))
	return &n
}
