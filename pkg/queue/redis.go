package queue

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	redisbroker "github.com/RichardKnop/machinery/v2/brokers/redis"

	"github.com/RichardKnop/machinery/v2/brokers/iface"
	"github.com/RichardKnop/machinery/v2/config"
	"github.com/alicebob/miniredis/v2"
	"github.com/gomodule/redigo/redis"

	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

const (
	pollPeriod = time.Second // of one blocking pop
	// ioTimeout must exceed pollPeriod. It is what a frozen Redis can cost a caller.
	ioTimeout = 3 * time.Second
)

// target is one Redis database.
type target struct {
	address  string // host:port
	password secret.String
	db       int
	tls      *tls.Config // nil = plain
}

// parseURL reads redis:// and rediss:// URLs. Errors never repeat the URL, which may hold a password.
func parseURL(raw secret.String) (target, error) {
	bad := func(format string, args ...any) (target, error) {
		return target{}, fault.New(fault.Invalid, "redis_url_invalid", "The Redis URL "+format, args...)
	}
	u, err := url.Parse(raw.Reveal())
	if err != nil || u.Hostname() == "" {
		return bad("must look like redis://:password@host:6379/0.")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return bad("takes no parameters.")
	}
	t := target{}
	switch u.Scheme {
	case "redis":
	case "rediss":
		t.tls = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}
	default:
		return bad("must start with redis:// or rediss://.")
	}
	port := u.Port()
	if port == "" {
		port = "6379"
	}
	t.address = net.JoinHostPort(u.Hostname(), port)
	if user := u.User.Username(); user != "" && user != "default" {
		return bad("names a user, but only the default user with a password is supported.")
	}
	password, _ := u.User.Password()
	t.password = secret.New(password)
	if path := strings.TrimPrefix(u.Path, "/"); path != "" {
		if t.db, err = strconv.Atoi(path); err != nil || t.db < 0 {
			return bad("must end with a database number, not %q.", path)
		}
	}
	return t, nil
}

// config is machinery's. Every time limit is named, because a missing one means none at all.
func (t target) config() *config.Config {
	return &config.Config{
		// Where machinery puts a message without a queue: nobody listens there.
		DefaultQueue:  "overmind:rejected",
		NoUnixSignals: true,
		TLSConfig:     t.tls,
		Redis: &config.RedisConfig{
			MaxIdle:                4,
			MaxActive:              16,
			Wait:                   true,
			IdleTimeout:            60,
			ReadTimeout:            int(ioTimeout.Seconds()),
			WriteTimeout:           int(ioTimeout.Seconds()),
			ConnectTimeout:         int(ioTimeout.Seconds()),
			NormalTasksPollPeriod:  int(pollPeriod.Milliseconds()),
			DelayedTasksPollPeriod: int(pollPeriod.Milliseconds()),
			DelayedTasksKey:        "overmind:delayed",
		},
	}
}

func (t target) broker() iface.Broker {
	return redisbroker.New(t.config(), t.address, t.password.Reveal(), "", t.db)
}

func (t target) ping(ctx context.Context) error {
	options := []redis.DialOption{
		redis.DialConnectTimeout(ioTimeout), redis.DialReadTimeout(ioTimeout), redis.DialWriteTimeout(ioTimeout),
		redis.DialPassword(t.password.Reveal()), redis.DialDatabase(t.db),
	}
	if t.tls != nil {
		options = append(options, redis.DialUseTLS(true), redis.DialTLSConfig(t.tls))
	}
	conn, err := redis.DialContext(ctx, "tcp", t.address, options...)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = redis.DoContext(conn, ctx, "PING")
	return err
}

// embedded is a Redis inside this process, with a password because it listens on a port of the loopback.
type embedded struct {
	target target
	server *miniredis.Miniredis
	end    chan struct{}
	clock  sync.WaitGroup
}

func startEmbedded() (*embedded, error) {
	password := rand.Text()
	server := miniredis.NewMiniRedis()
	server.RequireAuth(password)
	if err := server.Start(); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "queue_start_failed", "The queue inside the process could not start.")
	}
	e := &embedded{server: server, end: make(chan struct{}), target: target{address: server.Addr(), password: secret.New(password)}}
	e.clock.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				server.FastForward(time.Second) // its clock does not run by itself
			case <-e.end:
				return
			}
		}
	})
	return e, nil
}

func (e *embedded) stop() {
	close(e.end)
	e.clock.Wait()
	e.server.Close()
}
