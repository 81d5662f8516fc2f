package engine

import (
	"sync"
	"time"
)

const progressEvery = 500 * time.Millisecond

// progress tells a run's owner twice a second how far it is, and every phase as it begins.
type progress struct {
	mu     sync.Mutex
	now    Phase
	plan   Plan
	tables map[string]counter
	states map[string]string
	send   func(Progress)
	begun  chan Phase // every phase in order, so that a short one is told too
	quit   chan struct{}
	done   chan struct{}
	once   sync.Once
}

func newProgress(send func(Progress), plan Plan) *progress {
	p := &progress{
		now: PhasePreflight, plan: plan, send: send, begun: make(chan Phase, 16), quit: make(chan struct{}), done: make(chan struct{}),
		tables: map[string]counter{}, states: map[string]string{},
	}
	go p.loop()
	return p
}

func (p *progress) loop() {
	defer close(p.done)
	if p.send == nil {
		return
	}
	tick := time.NewTicker(progressEvery)
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

// stop sends the last state and returns when nothing more is sent.
func (p *progress) stop() {
	p.once.Do(func() { close(p.quit) })
	<-p.done
}

func (p *progress) phase(now Phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.send != nil && p.now != now {
		p.begun <- now
	}
	p.now = now
}

func (p *progress) follow(table string, moved counter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tables[table] = moved
}

func (p *progress) state(table, state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.states[table] = state
}

func (p *progress) snapshot() Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Progress{Phase: p.now, RowsTotal: p.plan.TotalRows, BytesTotal: p.plan.TotalBytes, At: time.Now().UTC(), Tables: []TableProgress{}}
	for _, planned := range p.plan.Tables {
		t := TableProgress{Name: planned.Name, State: "waiting", RowsTotal: planned.Rows}
		if rows := p.tables[planned.Name]; rows != nil {
			t.RowsDone, t.BytesDone = rows.Rows(), rows.Bytes()
			if rows.Began() {
				t.State = "loading"
			}
		}
		if state := p.states[planned.Name]; state != "" {
			t.State = state
		}
		s.RowsDone += t.RowsDone
		s.BytesDone += t.BytesDone
		s.Tables = append(s.Tables, t)
	}
	return s
}
