package queue

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/stretchr/testify/require"

	"overmind/pkg/job"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

const soon = 60 * time.Second

// rings counts what was woken.
type rings struct {
	mu  sync.Mutex
	ids map[int64]int
}

func (r *rings) wake(_ context.Context, id int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids == nil {
		r.ids = map[int64]int{}
	}
	r.ids[id]++
	return nil
}

func (r *rings) count(id int64) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ids[id]
}

func (r *rings) total() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ids)
}

func never() bool { return false }

func open(t *testing.T, url string) *Queue {
	t.Helper()
	q, err := Open(t.Context(), Options{RedisURL: secret.New(url)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, q.Close(context.Background())) })
	return q
}

func consume(t *testing.T, q *Queue, group string, full func() bool) *rings {
	t.Helper()
	got := &rings{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- q.Consume(ctx, []string{group}, got.wake, full) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done) })
	return got
}

func ringUntilHeard(t *testing.T, q *Queue, group string, got *rings, id int64) {
	t.Helper()
	var rung time.Time
	testkit.Eventually(t, soon, fmt.Sprintf("ring %d is heard when it is repeated", id), func() bool {
		if time.Since(rung) > time.Second {
			_ = q.Ring(t.Context(), job.Ring{JobID: id, Group: group})
			rung = time.Now()
		}
		return got.count(id) > 0
	})
}

func TestRing(t *testing.T) {
	t.Parallel()
	redisURL, _ := testkit.Redis(t)
	for name, url := range map[string]string{"through redis": redisURL, "inside the process": ""} {
		t.Run(name+" reaches its group only", func(t *testing.T) {
			t.Parallel()
			q := open(t, url)
			north, south := consume(t, q, "north", never), consume(t, q, "south", never)
			const big = int64(1)<<62 + 1 // not exact as a float
			require.NoError(t, q.Ring(t.Context(), job.Ring{JobID: big, Group: "north"}))
			require.NoError(t, q.Ring(t.Context(), job.Ring{JobID: 7, Group: "south"}))
			testkit.Eventually(t, soon, "both rings", func() bool { return north.count(big) == 1 && south.count(7) == 1 })
			require.Equal(t, 1, north.total())
			require.Equal(t, 1, south.total())
		})
	}
}

func TestRingWaitsWhileTheOnlyExecutorIsFull(t *testing.T) {
	t.Parallel()
	url, _ := testkit.Redis(t)
	q := open(t, url)
	var mu sync.Mutex
	full, asked := true, 0
	got := consume(t, q, "g", func() bool { mu.Lock(); defer mu.Unlock(); asked++; return full })
	require.NoError(t, q.Ring(t.Context(), job.Ring{JobID: 1, Group: "g"}))
	testkit.Eventually(t, soon, "the consumer sees it is full", func() bool { mu.Lock(); defer mu.Unlock(); return asked > 2 })
	require.Zero(t, got.total())
	require.Equal(t, 1, length(t, url, "g"), "the ring is left for others")
	mu.Lock()
	full = false
	mu.Unlock()
	testkit.Eventually(t, soon, "the ring", func() bool { return got.count(1) == 1 })
}

func TestRedisKilledAndRestartedEmpty(t *testing.T) {
	t.Parallel()
	redisURL, kill := testkit.Redis(t)
	q := open(t, redisURL)
	got := consume(t, q, "g", never)
	ringUntilHeard(t, q, "g", got, 1)

	kill()
	require.Error(t, q.Ring(t.Context(), job.Ring{JobID: 2, Group: "g"}))
	restart(t, redisURL)

	ringUntilHeard(t, q, "g", got, 2)
	for id := int64(3); id < 40; id++ { // none of the next ones is swallowed by what the outage left behind
		require.NoError(t, q.Ring(t.Context(), job.Ring{JobID: id, Group: "g"}))
	}
	testkit.Eventually(t, soon, "every later ring", func() bool { return got.total() == 39 })
}

func TestJunkInTheQueue(t *testing.T) {
	t.Parallel()
	ring := `{"Name":"job.ring.v1","Args":[{"Type":"int64","Value":%s}]%s}`
	for name, junk := range map[string]string{
		"text":             "hello",
		"empty":            "",
		"10 MB":            strings.Repeat("x", 10<<20),
		"10 MB of JSON":    `{"Name":"` + strings.Repeat("x", 10<<20) + `","IgnoreWhenTaskNotRegistered":true}`,
		"unknown task":     `{"Name":"rm"}`,
		"no arguments":     `{"Name":"job.ring.v1"}`,
		"text as id":       fmt.Sprintf(ring, `"1"`, ""),
		"fraction as id":   fmt.Sprintf(ring, `1.5`, ""),
		"negative id":      fmt.Sprintf(ring, `-1`, ""),
		"overflowing id":   fmt.Sprintf(ring, `99999999999999999999`, ""),
		"another type":     `{"Name":"job.ring.v1","Args":[{"Type":"string","Value":"1"}]}`,
		"forged callbacks": fmt.Sprintf(ring, "0", `,"RetryCount":9,"OnError":[{"Name":"job.ring.v1","RoutingKey":"overmind:ring:g","Args":[{"Type":"int64","Value":666}]}]`),
	} {
		t.Run(name+" leaves the queue working", func(t *testing.T) {
			t.Parallel()
			url, _ := testkit.Redis(t)
			q := open(t, url)
			got := consume(t, q, "g", never)
			for range 3 {
				do(t, url, "RPUSH", ringKey("g"), junk)
			}
			ringUntilHeard(t, q, "g", got, 1)
			for id := int64(2); id <= 20; id++ { // a consumer that starts again may drop one, which is rung again
				ringUntilHeard(t, q, "g", got, id)
			}
			require.Equal(t, 20, got.total())
		})
	}
}

func TestForgedIDReachesWakeOnce(t *testing.T) {
	t.Parallel()
	url, _ := testkit.Redis(t)
	q := open(t, url)
	got := consume(t, q, "g", never)
	do(t, url, "RPUSH", ringKey("g"), `{"Name":"job.ring.v1","Args":[{"Type":"int64","Value":5}],"RetryCount":3,`+
		`"OnSuccess":[{"Name":"job.ring.v1","RoutingKey":"overmind:ring:g","Args":[{"Type":"int64","Value":6}]}]}`)
	testkit.Eventually(t, soon, "the forged ring", func() bool { return got.count(5) == 1 })
	ringUntilHeard(t, q, "g", got, 7)
	require.Zero(t, got.count(6), "its callback is not followed")
}

// A message for an unknown task is pushed back by machinery each time it is popped.
func TestCirclingMessageIsSlowedDown(t *testing.T) {
	t.Parallel()
	url, _ := testkit.Redis(t)
	q := open(t, url)
	got := consume(t, q, "g", never)
	do(t, url, "RPUSH", ringKey("g"), `{"Name":"rm"}`)
	ringUntilHeard(t, q, "g", got, 1)
	began := time.Now()
	before := commands(t, url, "rpush")
	testkit.Eventually(t, soon, "three seconds have passed", func() bool { return time.Since(began) > 3*time.Second })
	require.Less(t, commands(t, url, "rpush")-before, 30)
}

func TestPace(t *testing.T) {
	t.Parallel()
	now := time.Now()
	t.Run("many pops that return at once with nothing wait longer and longer", func(t *testing.T) {
		var p pace
		var delays []time.Duration
		for range freePops + 8 {
			delays = append(delays, p.next(now))
			p.popping(now)
		}
		require.Zero(t, delays[freePops-1])
		require.Equal(t, firstDelay, delays[freePops])
		require.IsIncreasing(t, delays[freePops-1:freePops+6])
		require.Equal(t, longestDelay, delays[freePops+7])
	})
	t.Run("after a useful message or a quiet poll nothing waits", func(t *testing.T) {
		var p pace
		for range freePops {
			p.popping(now)
		}
		require.Zero(t, p.next(now.Add(pollPeriod)))
		for range freePops {
			p.popping(now)
		}
		require.NotZero(t, p.next(now))
		p.useful()
		require.Zero(t, p.next(now))
	})
}

func TestDeadRedisIsNotHammered(t *testing.T) {
	t.Parallel()
	redisURL, kill := testkit.Redis(t)
	q := open(t, redisURL)
	got := consume(t, q, "g", never)
	ringUntilHeard(t, q, "g", got, 1)
	kill()
	attempts := listen(t, redisURL) // accepts and hangs up, as a proxy in front of a dead server does
	testkit.Eventually(t, soon, "it tries again", func() bool { return attempts() > 3 })
	began, before := time.Now(), attempts()
	testkit.Eventually(t, soon, "three seconds have passed", func() bool { return time.Since(began) > 3*time.Second })
	require.Less(t, attempts()-before, int64(60), "a spinning receiver makes thousands")
}

func TestCloseLeavesNothingBehind(t *testing.T) { // not parallel: it counts goroutines
	for name, cut := range map[string]bool{"in order": false, "with redis gone": true} {
		t.Run(name, func(t *testing.T) {
			url, kill := testkit.Redis(t)
			again := make(chan struct{}, 100)
			q, err := Open(t.Context(), Options{RedisURL: secret.New(url), Log: slog.New(warnings{slog.DiscardHandler, again})})
			require.NoError(t, err)
			got, done := &rings{}, make(chan error, 1)
			go func() { done <- q.Consume(t.Context(), []string{"a", "b"}, got.wake, never) }()
			ringUntilHeard(t, q, "a", got, 1)
			do(t, url, "RPUSH", ringKey("a"), "junk")
			// machinery reads unguarded, at the end of a session, what a stop at that moment writes
			testkit.Eventually(t, soon, "the session ends with the junk", func() bool { return len(again) > 0 })
			ringUntilHeard(t, q, "a", got, 2)
			if cut {
				kill()
			}
			require.NoError(t, q.Close(t.Context()))
			require.NoError(t, q.Close(t.Context()), "twice is harmless")
			require.NoError(t, <-done)
			require.Error(t, q.Consume(t.Context(), []string{"a"}, got.wake, never))
			require.Error(t, q.Ring(t.Context(), job.Ring{JobID: 1, Group: "a"}))
			testkit.Eventually(t, soon, "all goroutines end", func() bool {
				return !strings.Contains(stacks(), "machinery/v2/brokers") && !strings.Contains(stacks(), "pkg/queue.(*consumer)")
			})
		})
	}
}

// warnings tells of every warning that is logged.
type warnings struct {
	slog.Handler
	told chan<- struct{}
}

func (w warnings) Enabled(context.Context, slog.Level) bool { return true }

func (w warnings) WithAttrs([]slog.Attr) slog.Handler { return w }

func (w warnings) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn {
		select {
		case w.told <- struct{}{}:
		default:
		}
	}
	return nil
}

// stacks are those of all goroutines.
func stacks() string {
	all := make([]byte, 4<<20)
	return string(all[:runtime.Stack(all, true)])
}

func TestOpenRefusesURLs(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"http://h", "redis://", "redis://h/x", "redis://h/-1", "redis://h:1?a=b", "h:6379",
		"redis://eve:pw-9f@h", "redis://:pw-9f@h/%zz"} {
		_, err := Open(t.Context(), Options{RedisURL: secret.New(bad)})
		require.ErrorContains(t, err, "redis_url_invalid", bad)
		require.NotContains(t, err.Error(), "pw-9f")
	}
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	plain, err := parseURL(secret.New("redis://:p%40ss@db.example/3"))
	require.NoError(t, err)
	require.Equal(t, target{address: "db.example:6379", password: secret.New("p@ss"), db: 3}, plain)
	safe, err := parseURL(secret.New("rediss://default:x@db.example:7000"))
	require.NoError(t, err)
	require.Equal(t, "db.example:7000", safe.address)
	require.Equal(t, "db.example", safe.tls.ServerName)
}

func do(t *testing.T, url, command string, args ...any) any {
	t.Helper()
	conn, err := redis.DialURL(url)
	require.NoError(t, err)
	defer conn.Close()
	reply, err := conn.Do(command, args...)
	require.NoError(t, err)
	return reply
}

func length(t *testing.T, url, group string) int {
	n, err := redis.Int(do(t, url, "LLEN", ringKey(group)), nil)
	require.NoError(t, err)
	return n
}

// commands tells how often a command was executed.
func commands(t *testing.T, url, command string) (n int) {
	info, err := redis.String(do(t, url, "INFO", "commandstats"), nil)
	require.NoError(t, err)
	for line := range strings.Lines(info) {
		if rest, ok := strings.CutPrefix(line, "cmdstat_"+command+":calls="); ok {
			_, err := fmt.Sscan(strings.SplitN(rest, ",", 2)[0], &n)
			require.NoError(t, err)
		}
	}
	return n
}

func hostOf(t *testing.T, raw string) (address, password string) {
	u, err := url.Parse(raw)
	require.NoError(t, err)
	password, _ = u.User.Password()
	return u.Host, password
}
