package engine_test

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// told collects a run's progress.
type told struct {
	mu   sync.Mutex
	list []engine.Progress
}

func (p *told) add(s engine.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, s)
}

func (p *told) any(match func(engine.Progress) bool) (engine.Progress, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.list {
		if match(s) {
			return s, true
		}
	}
	return engine.Progress{}, false
}

// await waits until the run has told something that matches.
func (p *told) await(t *testing.T, within time.Duration, what string, match func(engine.Progress) bool) engine.Progress {
	t.Helper()
	var found engine.Progress
	testkit.Eventually(t, within, what, func() bool {
		var ok bool
		found, ok = p.any(match)
		return ok
	})
	return found
}

func begun(s engine.Progress) bool { return s.RowsDone > 0 }

func stalledBy(reason string) func(engine.Progress) bool {
	return func(s engine.Progress) bool { return s.Stall != nil && s.Stall.Reason == reason }
}

// start runs a copy beside the test.
func (c *copying) start(t *testing.T, ctx context.Context) (*told, <-chan error) {
	t.Helper()
	plan := c.plan(t)
	p, ended := &told{}, make(chan error, 1)
	go func() {
		_, err := c.Copy(ctx, c.spec, plan, c.names, engine.Hooks{Progress: p.add})
		ended <- err
	}()
	return p, ended
}

// slow is a table that takes some seconds at its rate, and one that is read after it.
func slow(t *testing.T, from, to *localdb.Server) *copying {
	t.Helper()
	c := newCopying(t, from, to,
		"CREATE TABLE digits (n INT) CHARSET latin1", "INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)",
		"CREATE TABLE big (id INT PRIMARY KEY, body VARCHAR(255) NOT NULL) CHARSET latin1",
		"INSERT INTO big SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n, REPEAT('x', 200) FROM digits a, digits b, digits c, digits d, digits e WHERE e.n < 4",
		"ANALYZE TABLE big, digits")
	c.spec.Limits.BytesPerSecond = 2 << 20
	return c
}

// over is how a copy ended that must not wait for anybody.
func over(t *testing.T, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(time.Minute):
		t.Fatal("the copy goes on")
		return nil
	}
}

func TestProgress_SaysWhoHoldsTheMetadataLockThatIsWaitedFor(t *testing.T) {
	t.Parallel()
	c := slow(t, testkit.MySQL(t), testkit.MariaDB(t))
	ctx, cancel := context.WithCancel(t.Context())
	p, ended := c.start(t, ctx)
	p.await(t, time.Minute, "rows", begun)
	holder, err := c.source.db.Conn(t.Context())
	require.NoError(t, err)
	defer holder.Close()
	var id uint64
	require.NoError(t, holder.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id))
	_, err = holder.ExecContext(t.Context(), "LOCK TABLES "+engine.QName(c.spec.SourceDatabase, "digits")+" WRITE")
	require.NoError(t, err)

	s := p.await(t, 2*time.Minute, "the reason", stalledBy("lock_wait"))
	require.NotNil(t, s.Stall.Blocker)
	assert.Equal(t, id, s.Stall.Blocker.Session)
	assert.Equal(t, "root", s.Stall.Blocker.User)
	assert.Contains(t, s.Stall.Message.EN, fmt.Sprintf("session %d of root@", id))
	assert.Contains(t, s.Stall.Message.ZH, fmt.Sprintf("会话 %d", id))
	assert.Nil(t, s.ETASeconds, "nobody knows")

	cancel()
	err = over(t, ended)
	require.True(t, fault.Is(err, "cancelled"), "%v", err)
	c.gone(t)
}

func TestProgress_SaysWhoHoldsTheRowThatIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]*localdb.Server{"MySQL": testkit.MySQL(t), "MariaDB": testkit.SecondMariaDB(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := slow(t, testkit.MariaDB(t), target)
			p, ended := c.start(t, t.Context())
			p.await(t, time.Minute, "rows", begun)
			holder, err := c.target.db.Conn(t.Context())
			require.NoError(t, err)
			defer holder.Close()
			var id uint64
			require.NoError(t, holder.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id))
			for _, statement := range []string{"BEGIN", "SELECT * FROM " + engine.QName(c.names.Staging, "big") + " WHERE id > 1000000 FOR UPDATE"} {
				_, err = holder.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
			s := p.await(t, 2*time.Minute, "the reason", stalledBy("lock_wait"))
			require.NotNil(t, s.Stall.Blocker)
			assert.Equal(t, id, s.Stall.Blocker.Session)

			_, err = holder.ExecContext(t.Context(), "ROLLBACK")
			require.NoError(t, err)
			require.NoError(t, <-ended)
			c.gone(t)
		})
	}
}

func TestProgress_SaysWhichServerIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]string{"source": "slow_source", "target": "slow_target"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frozen, other := private(t, localdb.MariaDB), testkit.MariaDB(t)
			from, to := frozen, other
			if name == "target" {
				from, to = other, frozen
			}
			c := slow(t, from, to)
			p, ended := c.start(t, t.Context())
			p.await(t, time.Minute, "rows", begun)
			pid, err := frozen.PID()
			require.NoError(t, err)
			require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP))
			defer syscall.Kill(pid, syscall.SIGCONT)
			s := p.await(t, time.Minute, "the reason", stalledBy(reason))
			assert.Contains(t, s.Stall.Message.EN, name)
			require.NoError(t, syscall.Kill(pid, syscall.SIGCONT))
			require.NoError(t, <-ended)
			if last := p.list[len(p.list)-1]; last.Stall != nil { // by a busy machine
				assert.NotEqual(t, reason, last.Stall.Reason, "it is told no longer")
			}
		})
	}
}

func TestProgress_OnlyGrowsWithAFigureForEachStep(t *testing.T) {
	t.Parallel()
	c := slow(t, testkit.MariaDB(t), testkit.MySQL(t))
	p, ended := c.start(t, t.Context())
	require.NoError(t, <-ended)
	percent, rows, steps := -1.0, int64(-1), [3]float64{}
	for _, s := range p.list {
		require.GreaterOrEqual(t, s.Percent, percent)
		require.GreaterOrEqual(t, s.RowsDone, rows)
		require.LessOrEqual(t, s.RowsDone, s.RowsTotal)
		require.Equal(t, s.Phase == engine.PhaseDone, s.Percent == 100, "%s", s.Phase)
		require.Len(t, s.Steps, 3)
		for i, step := range s.Steps {
			require.GreaterOrEqual(t, step.Percent, steps[i], "%s", step.Phase)
			steps[i] = step.Percent
		}
		percent, rows = s.Percent, s.RowsDone
	}
	require.Equal(t, 100.0, percent)
	require.Equal(t, int64(40_010), rows)
	s := p.await(t, time.Minute, "a forecast", func(s engine.Progress) bool { return s.ETASeconds != nil && s.Phase == engine.PhaseLoad })
	assert.Positive(t, *s.ETASeconds)
	assert.InDelta(t, 2<<20, s.Rate, 1<<20)
}
