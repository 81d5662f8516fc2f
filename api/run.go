package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"overmind/pkg/job"
	"overmind/pkg/notify"
)

const (
	httpDrain = 10 * time.Second
	// workDrain is how long a copy past its commit point may take to finish its swap and objects.
	workDrain = 100 * time.Second
)

// running is the parts at work; stop ends them in the reverse of their dependencies.
type running struct {
	app      *app
	server   *http.Server // nil in a worker
	metrics  *http.Server // nil unless it has an address of its own
	executor *job.Executor
	failed   chan error

	loops    sync.WaitGroup
	endLoops context.CancelFunc
}

// start runs the parts: the API on listener when it is not nil, copies when work says so.
func (a *app) start(listener net.Listener, work bool) (*running, error) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{app: a, failed: make(chan error, 8), endLoops: cancel}
	if work {
		r.executor = a.newExecutor()
		r.loop(func() {
			if err := a.queue.Consume(ctx, a.config.Worker.Groups, r.executor.Wake, r.executor.Full); err != nil && ctx.Err() == nil {
				r.failed <- fmt.Errorf("consume: %w", err)
			}
		})
	}
	r.loop(func() { a.relay.Run(ctx) })
	reconciler := job.Reconciler{Store: a.store, Ringer: a.queue, Executor: r.executor, Nudge: a.relay.Subscribe(ctx), Log: a.log}
	r.loop(func() { reconciler.Run(ctx) })
	retention := job.Retention{Store: a.store, Runners: []job.Runner{a.migration}, Owner: a.owner, Log: a.log}
	r.loop(func() { retention.Run(ctx) })
	if listener == nil {
		return r, nil
	}
	r.loop(func() { a.inventory.HealthLoop(ctx) })
	r.loop(func() { a.stats.Run(ctx, a.relay.Subscribe(ctx)) })
	dispatcher := notify.Dispatcher{Service: a.notify, Owner: a.owner, Nudge: a.relay.Subscribe(ctx), Log: a.log,
		Patience: notify.Patience{Reminder: a.config.Notify.Reminder, Escalation: a.config.Notify.Escalation}}
	r.loop(func() { dispatcher.Run(ctx) })
	r.loop(func() { a.prune(ctx) })
	if err := r.serve(ctx, listener); err != nil {
		cancel()
		return nil, errors.Join(err, r.stop())
	}
	return r, nil
}

func (r *running) serve(ctx context.Context, listener net.Listener) error {
	server, registry, err := r.app.newServer()
	if err != nil {
		return err
	}
	r.server = server.HTTPServer()
	r.loop(func() {
		if err := server.Run(ctx); err != nil && ctx.Err() == nil {
			r.failed <- fmt.Errorf("stream: %w", err)
		}
	})
	r.listen(r.server, listener)
	if r.app.config.Metrics.Listen == "" {
		return nil
	}
	return r.serveMetrics(registry)
}

func (r *running) serveMetrics(registry *prometheus.Registry) error {
	listener, err := net.Listen("tcp", r.app.config.Metrics.Listen)
	if err != nil {
		return fmt.Errorf("metrics.listen: %w", err)
	}
	r.metrics = &http.Server{Handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), ReadHeaderTimeout: httpDrain}
	r.listen(r.metrics, listener)
	return nil
}

func (r *running) listen(server *http.Server, listener net.Listener) {
	r.loop(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			r.failed <- fmt.Errorf("serve: %w", err)
		}
	})
}

func (r *running) loop(run func()) { r.loops.Go(run) }

// stop answers what is under way, gives jobs back or finishes them past their commit point, and closes the rest. The
// loops end last, so that the events of the end still get their numbers.
func (r *running) stop() error {
	var all []error
	for _, server := range []*http.Server{r.server, r.metrics} {
		if server == nil {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), httpDrain)
		all = append(all, server.Shutdown(ctx))
		cancel()
	}
	ctx, cancel := context.WithTimeout(context.Background(), workDrain)
	defer cancel()
	if r.executor != nil {
		all = append(all, r.executor.Shutdown(ctx))
	}
	all = append(all, r.app.queue.Close(ctx))
	r.endLoops()
	r.loops.Wait()
	return errors.Join(append(all, r.app.store.Close())...)
}

// wait blocks until ctx ends or a part fails.
func (r *running) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-r.failed:
		return err
	}
}
