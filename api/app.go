package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"overmind/api/rest"
	"overmind/frontend"
	"overmind/pkg/account"
	"overmind/pkg/config"
	"overmind/pkg/engine"
	"overmind/pkg/inventory"
	"overmind/pkg/job"
	"overmind/pkg/migration"
	"overmind/pkg/notify"
	"overmind/pkg/outbox"
	"overmind/pkg/queue"
	"overmind/pkg/secret"
	"overmind/pkg/stats"
	"overmind/pkg/store"
	"overmind/pkg/ticket"
)

// app is the parts of one process, built and tied together but not running.
type app struct {
	config    config.Config
	log       *slog.Logger
	owner     string // this process and start, as leases name it
	store     *store.Store
	keys      *secret.Keys
	engine    *engine.Engine
	accounts  *account.Service
	inventory *inventory.Service
	tickets   *ticket.Service
	migration *migration.Migration
	notify    *notify.Service
	relay     *outbox.Relay
	stats     *stats.Service
	queue     *queue.Queue
}

// openStore connects to the metadata database.
func openStore(ctx context.Context, c config.Config) (*store.Store, error) {
	var ca string
	if c.Database.TLSCA != "" {
		pem, err := os.ReadFile(c.Database.TLSCA)
		if err != nil {
			return nil, fmt.Errorf("database.tls_ca: %w", err)
		}
		ca = string(pem)
	}
	return store.Open(ctx, store.Options{
		Host: c.Database.Host, Port: c.Database.Port, User: c.Database.User, Password: c.Database.Password,
		Database: c.Database.Name, TLS: c.Database.TLS, TLSCA: ca, KeepOld: c.Retention,
	})
}

// newApp opens the metadata database, brings its schema up to date, finds the keys and builds the parts. Close it.
func newApp(ctx context.Context, c config.Config, log *slog.Logger) (_ *app, err error) {
	a := &app{config: c, log: log, owner: ownerName()}
	if a.store, err = openStore(ctx, c); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.store.Close())
		}
	}()
	if err := a.store.Migrate(ctx); err != nil {
		return nil, err
	}
	err = a.store.EnsureKeys(ctx, func(known string) (check string, err error) {
		a.keys, check, err = secret.Ensure(c.KeysFile, known)
		return check, err
	})
	if err != nil {
		return nil, err
	}
	if a.queue, err = queue.Open(ctx, queue.Options{RedisURL: c.RedisURL, Log: log}); err != nil {
		return nil, err
	}
	a.engine = newEngine(c.ClientDirs, log)
	a.accounts = account.New(a.store.Accounts(), a.keys.Signing(), time.Now)
	a.inventory = inventory.New(inventory.Options{
		Store: a.store.Inventory(), Sealer: a.keys, Prober: a.engine, Log: log,
		Policy: inventory.AddressPolicy{AllowLoopback: c.Inventory.AllowLoopback, AllowedNetworks: c.Inventory.AllowedNetworks, Own: ownServers(c)},
	})
	a.migration = migration.New(a.inventory, a.engine, a.store)
	a.tickets = ticket.New(a.store, []ticket.Kind{a.migration}, ticket.Limits{OpenTickets: c.OpenTicketLimit})
	if a.notify, err = newNotify(a); err != nil {
		return nil, err
	}
	a.relay = outbox.New(a.store, log)
	a.stats = stats.New(a.store, c.TimeZone, time.Now, log)
	return a, nil
}

func newNotify(a *app) (*notify.Service, error) {
	words, err := frontend.Problems()
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(a.config.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time_zone: %w", err)
	}
	// What is never an instance is never told anything either.
	never := inventory.AddressPolicy{AllowLoopback: true, Own: ownServers(a.config)}
	return notify.New(notify.Options{Store: a.store.Notifications(), Sealer: a.keys, Link: a.config.ExternalURL,
		Guard: notify.Guard{Allowed: a.config.Notify.AllowedNetworks, Never: never.Refuses}, Zone: zone, Chinese: words}), nil
}

func (a *app) newExecutor() *job.Executor {
	return job.New(a.store, []job.Runner{a.migration}, job.Options{
		Owner: a.owner, Groups: a.config.Worker.Groups, Slots: a.config.Worker.Slots, Log: a.log})
}

func (a *app) newServer() (*rest.Server, *prometheus.Registry, error) {
	external, err := url.Parse(a.config.ExternalURL)
	if err != nil {
		return nil, nil, fmt.Errorf("external_url: %w", err)
	}
	var proxies []string
	for _, network := range a.config.TrustedProxies {
		proxies = append(proxies, network.String())
	}
	registry := prometheus.NewRegistry()
	server, err := rest.New(rest.Options{
		Accounts: a.accounts, Inventory: a.inventory, Tickets: a.tickets, Notifications: a.notify,
		Audit: a.store, Stats: a.stats, Events: a.relay,
		ExternalURL: external, TrustedProxies: proxies, CursorKey: a.keys.Cursor(), MetricsToken: a.config.Metrics.Token,
		Ready:   map[string]func(context.Context) error{"database": a.ready},
		Version: version, Registry: registry, Log: a.log,
	})
	return server, registry, err
}

// ready is whether this node can serve: its database answers and has the schema that this program expects.
func (a *app) ready(ctx context.Context) error {
	states, err := a.store.MigrateStatus(ctx)
	if err != nil {
		return err
	}
	for _, state := range states {
		if state.AppliedAt.IsZero() {
			return fmt.Errorf("migration %d is not applied", state.Version)
		}
	}
	return nil
}

// ownServers are never to be registered as instances: a ticket must not be able to overwrite Overmind itself.
func ownServers(c config.Config) []string {
	own := []string{net.JoinHostPort(c.Database.Host, strconv.Itoa(c.Database.Port))}
	if redis, err := url.Parse(c.RedisURL.Reveal()); err == nil && redis.Hostname() != "" {
		port := redis.Port()
		if port == "" {
			port = "6379"
		}
		own = append(own, net.JoinHostPort(redis.Hostname(), port))
	}
	return own
}

func ownerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:6])
}
