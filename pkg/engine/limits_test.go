package engine_test

import (
	"context"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/engine/processlist"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestCopy_OpensNoMoreConnectionsThanItMay(t *testing.T) {
	t.Parallel()
	for _, executor := range []engine.Executor{engine.ExecutorNative, engine.ExecutorPipe} {
		t.Run(string(executor), func(t *testing.T) {
			t.Parallel()
			c := newNative(t, 40_000)
			c.spec.Executor = executor
			each := engine.ServerLimits{Connections: engine.LeastConnections}
			c.spec.Limits = engine.Limits{BytesPerSecond: 8 << 20, Source: each, Target: each}
			plan := c.plan(t) // counts for itself
			var most [2]atomic.Int64
			ctx, cancel := context.WithCancel(t.Context())
			watched := make(chan struct{})
			go func() {
				defer close(watched)
				for ctx.Err() == nil {
					for i, s := range []side{c.source, c.target} {
						list, _ := processlist.Read(t.Context(), s.db)
						list = slices.DeleteFunc(list, func(p processlist.Session) bool { return p.User != s.at.User })
						most[i].Store(max(most[i].Load(), int64(len(list))))
					}
				}
			}()
			_, err := c.Copy(t.Context(), c.spec, plan, c.names, engine.Hooks{})
			cancel()
			<-watched
			require.NoError(t, err)
			assert.LessOrEqual(t, most[0].Load(), int64(engine.LeastConnections), "source")
			assert.LessOrEqual(t, most[1].Load(), int64(engine.LeastConnections), "target")
			assert.Positive(t, most[1].Load())
		})
	}
}

func TestCopy_PausesWhileOthersAreBusyAndEndsAtOnceWhenCancelled(t *testing.T) {
	t.Parallel()
	busy := private(t, localdb.MariaDB)
	c := slow(t, testkit.MariaDB(t), busy)
	c.spec.Limits.Target.Threads = 2
	ctx, cancel := context.WithCancel(t.Context())
	p, ended := c.start(t, ctx)
	p.await(t, time.Minute, "rows", begun)
	others, stop := context.WithCancel(t.Context())
	defer stop()
	for range 6 {
		go func() { _, _ = c.target.db.ExecContext(others, "SELECT SLEEP(600)") }()
	}
	s := p.await(t, time.Minute, "the pause", stalledBy("throttled"))
	assert.Contains(t, s.Stall.Message.EN, "6 statements of others run on the target")
	assert.Contains(t, s.Stall.Message.ZH, "目标端")
	cancel()
	err := over(t, ended)
	require.True(t, fault.Is(err, "cancelled"), "%v", err)
	stop()
	c.gone(t)
}

func TestCopy_PausesWhileItsSourceIsAReplicaThatIsBehind(t *testing.T) {
	t.Parallel()
	primary, replica := private(t, localdb.MariaDB), private(t, localdb.MariaDB)
	c := slow(t, replica, testkit.MySQL(t))
	c.spec.Limits.Source.LagSeconds = 1
	main := newSide(t, primary)
	testkit.Exec(t, main.db, "CREATE USER repl@'%' IDENTIFIED BY 'x'", "GRANT REPLICATION SLAVE ON *.* TO repl@'%'")
	testkit.Exec(t, c.source.db, "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_USER='repl', MASTER_PASSWORD='x', MASTER_DELAY=600, MASTER_USE_GTID=no, MASTER_PORT="+port(primary), "START SLAVE")
	testkit.Exec(t, main.db, "CREATE DATABASE later")
	p, ended := c.start(t, t.Context())
	s := p.await(t, time.Minute, "the pause", stalledBy("throttled"))
	assert.Contains(t, s.Stall.Message.EN, "behind its own source")
	testkit.Exec(t, c.source.db, "STOP SLAVE", "CHANGE MASTER TO MASTER_DELAY=0", "START SLAVE")
	require.NoError(t, <-ended, "it goes on when the replica has caught up")
}

func port(s *localdb.Server) string { return strconv.Itoa(s.Port) }
