package queue

import (
	"encoding/json"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/RichardKnop/machinery/v2/brokers/iface"
	"github.com/RichardKnop/machinery/v2/tasks"
)

// safeBroker makes machinery's Redis broker safe to use once: whatever ends its consuming ends all of it, where the
// bare broker leaves goroutines behind that swallow the next messages.
type safeBroker struct {
	iface.Broker
	full     func() bool
	log      *slog.Logger
	started  chan struct{} // the broker has begun to pop
	returned chan struct{} // its StartConsuming is over
	stopping chan struct{}
	stop     sync.Once
}

func newSafeBroker(b iface.Broker, full func() bool, log *slog.Logger) *safeBroker {
	return &safeBroker{Broker: b, full: full, log: log,
		started: make(chan struct{}), returned: make(chan struct{}), stopping: make(chan struct{})}
}

// StartConsuming never asks machinery to retry: it would restart on the remains of the failed run.
func (b *safeBroker) StartConsuming(tag string, n int, p iface.TaskProcessor) (bool, error) {
	_, err := b.Broker.StartConsuming(tag, n, &safeProc{TaskProcessor: p, broker: b, limit: int64(n / 2)})
	close(b.returned)
	b.StopConsuming()
	return false, err
}

// StopConsuming may be called again and at any time after StartConsuming; the bare broker panics on the second call
// and races with its own first ping.
func (b *safeBroker) StopConsuming() {
	b.stop.Do(func() {
		close(b.stopping)
		select {
		case <-b.started:
		case <-b.returned:
		}
		b.Broker.StopConsuming()
	})
}

// safeProc stands between the broker and machinery's worker. Process never fails, since an error there makes the
// broker lose messages, and only passes on what a ring consists of.
type safeProc struct {
	iface.TaskProcessor
	broker *safeBroker
	limit  int64 // of rings being handled, so that the broker never holds rings it cannot hand over
	active atomic.Int64
	pace   pace
	once   sync.Once
}

// Process hands a well-formed ring to machinery's worker and drops everything else.
func (p *safeProc) Process(s *tasks.Signature) error {
	p.active.Add(1)
	defer p.active.Add(-1)
	defer func() {
		if cause := recover(); cause != nil {
			p.broker.log.Error("panic while handling a ring", "cause", cause, "stack", string(debug.Stack()))
		}
	}()
	ring, err := clean(s)
	if err != nil {
		p.broker.log.Warn("malformed ring dropped", "error", err)
		return nil
	}
	p.pace.useful()
	if err := p.TaskProcessor.Process(ring); err != nil {
		p.broker.log.Warn("ring failed", "error", short(err.Error()))
	}
	return nil
}

// PreConsumeHandler says whether to pop the next message; false leaves it to others.
func (p *safeProc) PreConsumeHandler() bool {
	p.once.Do(func() { close(p.broker.started) })
	if p.broker.full() || p.active.Load() >= p.limit {
		p.sleep(50 * time.Millisecond)
		return false
	}
	p.sleep(p.pace.next(time.Now()))
	select {
	case <-p.broker.stopping:
		return false
	default:
	}
	p.pace.popping(time.Now())
	return true
}

func (p *safeProc) sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.broker.stopping:
	}
}

// clean rebuilds a message from the one thing that a ring carries: callbacks, retries and times of a forged one end here.
func clean(s *tasks.Signature) (*tasks.Signature, error) {
	if len(s.Args) != 1 || s.Args[0].Type != "int64" {
		return nil, errors.New("want one int64")
	}
	number, ok := s.Args[0].Value.(json.Number)
	if !ok {
		return nil, errors.New("want a number")
	}
	id, err := number.Int64()
	if err != nil || id <= 0 {
		return nil, errors.New("want a job id")
	}
	return &tasks.Signature{UUID: "ring", Name: ringTask, Args: []tasks.Arg{{Type: "int64", Value: number}}}, nil
}

// pace slows popping down when pops return at once and bring nothing useful: Redis is away, or the queue holds junk.
// A few such pops are free, since a message that was popped takes a moment to prove useful.
type pace struct {
	mu      sync.Mutex
	last    time.Time // of the last pop
	useless int       // quick pops since something useful came
}

const (
	freePops     = 2 * concurrency
	firstDelay   = 20 * time.Millisecond
	longestDelay = time.Second
)

// next returns how long to wait before the next pop.
func (p *pace) next(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.last) >= pollPeriod/2 {
		p.useless = 0 // the pop waited as it should
	}
	if p.useless < freePops {
		return 0
	}
	return min(firstDelay<<min(p.useless-freePops, 10), longestDelay)
}

func (p *pace) popping(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = now
	p.useless++
}

func (p *pace) useful() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.useless = 0
}
