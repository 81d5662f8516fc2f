package main

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/engine/processlist"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// cancelLimit is how long after a cancel something of the copy may be left.
const cancelLimit = 5 * time.Second

func TestCancel_AtARandomMomentLeavesNothing(t *testing.T) {
	t.Parallel()
	c := newCancelled(t)
	whole := c.wholeCopy(t)
	swapped := whole // from there on it is too late, as far as is known
	random := rand.New(rand.NewPCG(1, 2))
	var slowest time.Duration
	late := 0
	for done := 0; done < cancelMoments; {
		moment := time.Duration(random.Int64N(int64(swapped)))
		gone, ok := c.cancelAfter(t, moment, []engine.Executor{engine.ExecutorNative, engine.ExecutorPipe}[done%2])
		if !ok {
			late, swapped = late+1, moment
			continue
		}
		done++
		slowest = max(slowest, gone)
	}
	t.Logf("cancelled %d times within the %.1f s of a copy: 0 leftovers, all gone after at most %.1f s; %d more came after the swap had begun",
		cancelMoments, whole.Seconds(), slowest.Seconds(), late)
}

// cancelling copies one database again and again, to a server where everything is its own.
type cancelling struct {
	*installation
	worker             *process
	source             string
	onSource, onTarget *sql.DB
	users              []string
	number             int
}

func newCancelled(t *testing.T) *cancelling {
	t.Helper()
	own, err := localdb.Start(t.Context(), localdb.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, own.Stop()) })
	c := &cancelling{installation: installWith(t, own, "OVERMIND_WORKER_ENABLED=false")}
	c.onSource, c.onTarget = c.installation.source.DB(""), own.DB("")
	t.Cleanup(func() { require.NoError(t, errors.Join(c.onSource.Close(), c.onTarget.Close())) })
	var db *sql.DB
	c.source, db = testkit.Database(t, c.installation.source)
	db.SetMaxOpenConns(1)
	testkit.Exec(t, db, slices.Concat(killSource, killWide, manyTables)...)
	meta := testkit.MySQL(t).DB(c.database)
	defer func() { require.NoError(t, meta.Close()) }()
	rows, err := meta.Query("SELECT load_user FROM instances")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var user string
		require.NoError(t, rows.Scan(&user))
		c.users = append(c.users, user)
	}
	require.NoError(t, rows.Err())
	c.worker = startProcess(t, c.settings, "worker")
	return c
}

func (c *cancelling) submitted(t *testing.T, executor engine.Executor) (made demoTicket, target string) {
	t.Helper()
	c.number++
	target = fmt.Sprintf("cancelled_%d", c.number)
	made = c.ask(t, map[string]any{"source": map[string]any{"instance_id": c.places.production, "database": c.source},
		"target": map[string]any{"instance_id": c.places.test, "database": target}, "executor": executor})
	c.approve(t, made)
	testkit.Eventually(t, phaseLimit, "it runs", func() bool { return c.ticket(t, made.ID).State == "running" })
	return made, target
}

// wholeCopy is how long one takes that nobody cancels.
func (c *cancelling) wholeCopy(t *testing.T) time.Duration {
	t.Helper()
	made, _ := c.submitted(t, engine.ExecutorNative)
	began := time.Now()
	require.Equal(t, "succeeded", c.ends(t, made.ID, phaseLimit).State)
	return time.Since(began)
}

// cancelAfter cancels a copy a while after its start and waits until nothing of it is left; ok is false when it was too
// late for that.
func (c *cancelling) cancelAfter(t *testing.T, moment time.Duration, executor engine.Executor) (gone time.Duration, ok bool) {
	t.Helper()
	made, target := c.submitted(t, executor)
	<-time.After(moment)
	asked := time.Now()
	err := c.user.call(t.Context(), http.MethodPost, fmt.Sprintf("/tickets/%d/cancel", made.ID), nil, nil)
	var problem *apiProblem
	if errors.As(err, &problem) && (problem.Code == "too_late" || problem.Code == "wrong_state") {
		require.Equal(t, "succeeded", c.ends(t, made.ID, phaseLimit).State)
		return 0, false
	}
	require.NoError(t, err)
	var left []string
	for left = c.left(t, made.ID, target); len(left) > 0 && time.Since(asked) < cancelLimit; left = c.left(t, made.ID, target) {
		<-time.After(10 * time.Millisecond)
	}
	require.Emptyf(t, left, "left %s after the cancel at %s of %s", cancelLimit, moment, executor)
	return time.Since(asked), true
}

// left names what there still is of a copy.
func (c *cancelling) left(t *testing.T, id int64, target string) (left []string) {
	t.Helper()
	if state := c.ticket(t, id).State; state != "cancelled" {
		left = append(left, "the ticket is "+state)
	}
	for _, server := range []*sql.DB{c.onSource, c.onTarget} {
		list, err := processlist.Read(t.Context(), server)
		require.NoError(t, err)
		for _, s := range list {
			if slices.Contains(c.users, s.User) {
				left = append(left, "session "+strconv.FormatUint(s.ID, 10))
			}
		}
	}
	var schemas int
	require.NoError(t, c.onTarget.QueryRow(`SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ? OR SCHEMA_NAME LIKE '\_om\_%'`, target).Scan(&schemas))
	if schemas > 0 {
		left = append(left, fmt.Sprintf("%d schemas", schemas))
	}
	return append(left, childrenOf(c.worker.Process.Pid)...)
}

// childrenOf names the processes whose parent this one is.
func childrenOf(pid int) (names []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		name, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			names = append(names, "process "+name+")")
		}
	}
	return names
}
