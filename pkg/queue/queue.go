// Package queue is the doorbell between processes: a ring says "look at this job now" and nothing else. It may lose,
// repeat or reorder rings, because the jobs table is the truth and its reconciler rings again. It hides machinery.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/RichardKnop/machinery/v2"
	"github.com/RichardKnop/machinery/v2/backends/null"
	"github.com/RichardKnop/machinery/v2/locks/eager"
	"github.com/RichardKnop/machinery/v2/tasks"
	"golang.org/x/sync/errgroup"

	"overmind/pkg/fault"
	"overmind/pkg/job"
	"overmind/pkg/secret"
)

const (
	ringTask = "job.ring.v1"
	// ringTimeout bounds one ring: a ring that is late is worth less than the caller's time.
	ringTimeout = 2 * time.Second
	// concurrency is how many rings are handled at once; each takes milliseconds.
	concurrency = 8
)

// Options says where the queue lives. Without RedisURL it lives inside this process.
type Options struct {
	RedisURL secret.String // redis://[:password@]host[:port][/db], or rediss:// for TLS
	Log      *slog.Logger
}

// Queue rings for jobs and listens to rings.
type Queue struct {
	target    target
	log       *slog.Logger
	publisher *machinery.Server
	ringing   chan struct{} // one token per publish under way, because a publish cannot be cancelled
	embedded  *embedded

	mu        sync.Mutex // orders the start of a consumer and closing
	closed    context.Context
	close     context.CancelFunc
	consumers sync.WaitGroup
	closing   sync.Once
	done      chan struct{}
}

// Open prepares a queue. It does not wait for Redis: a queue that is down only makes jobs start later. It fails on a
// URL that cannot be used.
func Open(_ context.Context, o Options) (*Queue, error) {
	q := &Queue{log: o.Log, ringing: make(chan struct{}, 4), done: make(chan struct{})}
	if q.log == nil {
		q.log = slog.New(slog.DiscardHandler)
	}
	useLog(q.log)
	if o.RedisURL.IsSet() {
		t, err := parseURL(o.RedisURL)
		if err != nil {
			return nil, err
		}
		q.target = t
	} else {
		e, err := startEmbedded()
		if err != nil {
			return nil, err
		}
		q.embedded, q.target = e, e.target
	}
	q.closed, q.close = context.WithCancel(context.Background())
	q.publisher = machinery.NewServer(q.target.config(), q.target.broker(), null.New(), eager.New())
	return q, nil
}

// Ring tells the workers of a group to look at a job. It is best effort and takes at most two seconds; an error does
// not even say that the ring was lost.
func (q *Queue) Ring(ctx context.Context, r job.Ring) error {
	ctx, cancel := context.WithTimeout(ctx, ringTimeout)
	defer cancel()
	select {
	case q.ringing <- struct{}{}:
	case <-q.closed.Done():
		return errClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-q.ringing }()
		_, err := q.publisher.SendTask(&tasks.Signature{
			Name:                        ringTask,
			RoutingKey:                  ringKey(r.Group),
			Args:                        []tasks.Arg{{Type: "int64", Value: r.JobID}},
			IgnoreWhenTaskNotRegistered: true,
		})
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Consume hands the job ids that are rung for these groups to wake until ctx ends or the queue is closed. While full
// says true nothing is taken, so that another process gets the rings. An error of wake is logged: the reconciler
// rings again.
func (q *Queue) Consume(ctx context.Context, groups []string, wake func(ctx context.Context, jobID int64) error, full func() bool) error {
	q.mu.Lock()
	if q.closed.Err() != nil {
		q.mu.Unlock()
		return errClosed
	}
	q.consumers.Add(1)
	q.mu.Unlock()
	defer q.consumers.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(q.closed, cancel)()

	var all errgroup.Group
	for _, group := range groups {
		c, err := q.newConsumer(ctx, group, wake, full)
		if err != nil {
			return err
		}
		all.Go(func() error { c.run(ctx); return nil })
	}
	return all.Wait()
}

// Close stops all consumers and then the connection for rings. It returns early, with ctx's error, when a wake hangs.
func (q *Queue) Close(ctx context.Context) error {
	q.closing.Do(func() {
		q.mu.Lock()
		q.close()
		q.mu.Unlock()
		go func() {
			defer close(q.done)
			q.consumers.Wait()
			for range cap(q.ringing) {
				q.ringing <- struct{}{}
			}
			q.publisher.GetBroker().StopConsuming()
			if q.embedded != nil {
				q.embedded.stop()
			}
		}()
	})
	select {
	case <-q.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("closing the queue: %w", context.Cause(ctx))
	}
}

func ringKey(group string) string { return "overmind:ring:" + group }

// consumer listens to one group. Its Server lives as long as it does, because machinery cannot end one; the broker in
// it is replaced after every failure, because machinery cannot repair one.
type consumer struct {
	group  string
	target target
	server *machinery.Server
	full   func() bool
	log    *slog.Logger
}

func (q *Queue) newConsumer(ctx context.Context, group string, wake func(context.Context, int64) error, full func() bool) (*consumer, error) {
	c := &consumer{group: group, target: q.target, full: full, log: q.log.With("group", group)}
	c.server = machinery.NewServer(q.target.config(), q.target.broker(), null.New(), eager.New())
	err := c.server.RegisterTask(ringTask, func(jobID int64) error {
		if err := wake(ctx, jobID); err != nil && ctx.Err() == nil {
			c.log.Warn("job not woken", "job", jobID, "error", err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("register the ring: %w", err)
	}
	return c, nil
}

// run keeps a session going. Redis is asked before each, because machinery waits longer after every failure.
func (c *consumer) run(ctx context.Context) {
	const longest = 2 * time.Second
	delay, down := 50*time.Millisecond, false
	for ctx.Err() == nil {
		started := time.Now()
		err := c.target.ping(ctx)
		if err == nil {
			if down {
				c.log.Info("queue reachable again")
				down = false
			}
			if err = c.session(ctx); err != nil && ctx.Err() == nil {
				c.log.Warn("queue consumer starts again", "error", short(err.Error()))
			}
		} else if !down && ctx.Err() == nil {
			c.log.Warn("queue unreachable, jobs are found by polling", "error", err)
			down = true
		}
		if err == nil || ctx.Err() != nil {
			continue
		}
		if delay = min(delay*2, longest); time.Since(started) > longest {
			delay = 50 * time.Millisecond
		}
		wait(ctx, delay)
	}
}

// session consumes until ctx ends (nil) or the broker fails.
func (c *consumer) session(ctx context.Context) error {
	broker := newSafeBroker(c.target.broker(), c.full, c.log)
	broker.SetRegisteredTaskNames([]string{ringTask})
	c.server.SetBroker(broker)
	ended := make(chan error, 1)
	c.server.NewCustomQueueWorker("overmind", concurrency, ringKey(c.group)).LaunchAsync(ended)
	select {
	case err := <-ended:
		return errors.Join(errSession, err)
	case <-ctx.Done():
		broker.StopConsuming()
		<-ended
		return nil
	}
}

var (
	errClosed  = fault.New(fault.Unavailable, "queue_closed", "The queue is closed.")
	errSession = errors.New("consuming ended")
)

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
