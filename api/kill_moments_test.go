package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// killMoment is where a worker is killed. reach starts the worker and comes back when it is there; it is kept there by
// locks on the servers, never by anything in the program.
type killMoment struct {
	phase string
	more  []string // of the source
	undo  bool
	reach func(t *testing.T, k *killed)
}

var killMoments = []killMoment{
	{phase: "queue", reach: reachClaim},
	{phase: "preflight", more: []string{"CREATE TABLE probed (id INT PRIMARY KEY, f FLOAT)", "INSERT INTO probed VALUES (1, 1)"}, reach: reachPreflight},
	{phase: "stage", more: manyTables, reach: reachStage},
	{phase: "load", more: killWide, reach: reachLoad},
	{phase: "index", more: killWide, reach: reachIndex},
	{phase: "verify", more: killWide, reach: reachVerify},
	{phase: "swapping, before the RENAME", reach: func(t *testing.T, k *killed) { k.holdSwap(t); k.start(t); k.waitsToSwap(t) }},
	{phase: "swapping, after the RENAME", reach: func(t *testing.T, k *killed) { k.holdObjects(t); k.start(t); k.waits(t, "DROP FUNCTION%") }},
	{phase: "objects", reach: func(t *testing.T, k *killed) { k.holdView(t); k.start(t); k.waits(t, "CREATE%VIEW%") }},
	{phase: "undo", undo: true, reach: reachUndo},
}

// What is copied, and what is there before; every object tells which of the two it is.
var (
	killSource = killDatabase("new", 2, "first", "CREATE TABLE created (id INT PRIMARY KEY)")
	killTarget = killDatabase("old", 3, "before_item")
	killWide   = []string{
		"CREATE TABLE wide (id INT PRIMARY KEY, a VARCHAR(200), b VARCHAR(200), KEY a (a), KEY b (b))",
		"INSERT INTO wide SELECT seq, REPEAT(MD5(seq), 5), REPEAT(MD5(-seq), 5) FROM seq_1_to_60000", "ANALYZE TABLE wide",
	}
	manyTables = func() (list []string) {
		for i := range 150 {
			list = append(list, fmt.Sprintf("CREATE TABLE many_%d (id INT PRIMARY KEY)", i))
		}
		return list
	}()
)

func killDatabase(v string, factor int, trigger string, more ...string) []string {
	return append([]string{
		"SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci", "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
		"CREATE TABLE item (id INT PRIMARY KEY, v VARCHAR(3) NOT NULL)", "INSERT INTO item VALUES (1, '" + v + "'), (2, '" + v + "')",
		"CREATE TABLE note (id INT PRIMARY KEY, item INT, v VARCHAR(3) NOT NULL, CONSTRAINT note_item FOREIGN KEY (item) REFERENCES item (id))",
		"INSERT INTO note VALUES (1, 1, '" + v + "')",
		fmt.Sprintf("CREATE FUNCTION twice (x INT) RETURNS INT DETERMINISTIC RETURN %d * x", factor),
		"CREATE VIEW a_view AS SELECT '" + v + "' AS v",
		"CREATE TRIGGER " + trigger + " BEFORE INSERT ON item FOR EACH ROW SET NEW.v = '" + v + "'",
	}, more...)
}

// killed is one ticket whose worker is killed, with databases and a worker group of its own.
type killed struct {
	*installation
	killCase
	random             *rand.Rand
	source, target     string // databases
	server             *localdb.Server
	group, user        string // of the target's instance
	instance           int64
	onSource, onTarget *sql.DB
	meta               *sql.DB
	ticket             demoTicket
	worker             *process
	held               []*sql.Conn
	mixed              atomic.Int64
}

func newKilled(t *testing.T, in *installation, server *localdb.Server, c killCase) *killed {
	t.Helper()
	k := &killed{installation: in, killCase: c, random: rand.New(rand.NewPCG(uint64(c.seed), uint64(len(c.moment.phase)))), server: server}
	var source *sql.DB
	k.source, source = testkit.Database(t, in.source)
	source.SetMaxOpenConns(1) // the first statement is about the session
	testkit.Exec(t, source, killSource...)
	testkit.Exec(t, source, c.moment.more...)
	k.target, k.group = "to_"+k.source, "group-"+k.source
	k.onSource, k.onTarget, k.meta = in.source.DB(k.source), server.DB(""), testkit.MySQL(t).DB(in.database)
	t.Cleanup(func() {
		k.release()
		_, err := k.onTarget.Exec("DROP DATABASE IF EXISTS " + k.target)
		require.NoError(t, errors.Join(err, k.onSource.Close(), k.onTarget.Close(), k.meta.Close()))
	})
	testkit.Exec(t, k.onTarget, "CREATE DATABASE "+k.target)
	old := server.DB(k.target)
	old.SetMaxOpenConns(1)
	testkit.Exec(t, old, killTarget...)
	require.NoError(t, old.Close())
	k.instance, k.user = in.registerFor(t, k.source, server, k.group)
	k.ticket = k.ask(t, map[string]any{"source": map[string]any{"instance_id": k.places.production, "database": k.source},
		"target": map[string]any{"instance_id": k.instance, "database": k.target}, "if_exists": "replace", "executor": c.executor})
	k.approve(t, k.ticket)
	return k
}

// hold runs statements in a session that stays open until the release.
func (k *killed) hold(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	conn, err := db.Conn(context.Background())
	require.NoError(t, err)
	k.held = append(k.held, conn)
	for _, s := range statements {
		_, err := conn.ExecContext(t.Context(), s)
		require.NoError(t, err, s)
	}
}

func (k *killed) release() {
	for _, conn := range k.held {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // closes it, and its locks end with it
		_ = conn.Close()
	}
	k.held = nil
}

func (k *killed) holdSwap(t *testing.T) {
	t.Helper()
	table := []string{"item", "note"}[k.seed%2] // with its trigger still there, and with it gone
	k.hold(t, k.onTarget, "START TRANSACTION", fmt.Sprintf("SELECT * FROM %s.%s", k.target, table))
}

func (k *killed) holdObjects(t *testing.T) {
	t.Helper()
	k.hold(t, k.onTarget, "START TRANSACTION", fmt.Sprintf("SELECT %s.twice(1)", k.target))
}

func (k *killed) holdView(t *testing.T) {
	t.Helper()
	k.hold(t, k.onTarget, "START TRANSACTION", fmt.Sprintf("SELECT * FROM %s.a_view", k.target))
}

// waits comes back when a session of the run waits for a lock with a statement like one of these.
func (k *killed) waits(t *testing.T, statements ...string) {
	t.Helper()
	waitsOn(t, k.onTarget, k.user, statements...)
}

func (k *killed) waitsToSwap(t *testing.T) {
	t.Helper()
	k.waits(t, "RENAME%", "DROP TRIGGER%")
}

func waitsOn(t *testing.T, db *sql.DB, user string, statements ...string) {
	t.Helper()
	args := []any{user}
	for _, s := range statements {
		args = append(args, s)
	}
	condition := strings.TrimSuffix(strings.Repeat("INFO LIKE ? OR ", len(statements)), " OR ")
	testkit.Eventually(t, phaseLimit, "the run waits: "+strings.Join(statements, ", "), func() bool {
		return listed(db, "USER LIKE ? AND STATE LIKE 'Waiting for%lock%' AND ("+condition+")", args...)
	})
}

// listed tells whether a server lists such a session. MySQL fails to while any statement holds bytes that are no text
// or take four bytes; then it is asked again.
func listed(db *sql.DB, condition string, args ...any) bool {
	var n int
	err := db.QueryRow("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE "+condition, args...).Scan(&n)
	return err == nil && n > 0
}

// staged waits for a table in the run's staging schema, past the trial of its keys on a server of another flavour.
func (k *killed) staged(t *testing.T, table string) string {
	t.Helper()
	var schema string
	testkit.Eventually(t, phaseLimit, table+" is staged", func() bool {
		schema = k.names(t).Staging
		return schema != "" && k.count(t, `SELECT COUNT(*) FROM information_schema.TABLES t WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NOT EXISTS
			(SELECT 1 FROM information_schema.STATISTICS s WHERE s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME AND INDEX_NAME = 'a')`, schema, table) == 1
	})
	return schema + "." + table
}

// reachClaim stops the worker inside the transaction of its claim, or right after it.
func reachClaim(t *testing.T, k *killed) {
	k.hold(t, k.meta, "START TRANSACTION", fmt.Sprintf("SELECT id FROM jobs WHERE ticket_id = %d FOR UPDATE", k.ticket.ID))
	k.start(t)
	testkit.Eventually(t, phaseLimit, "the claim waits", func() bool {
		return listed(k.meta, "DB = ? AND INFO LIKE ?", k.database, "SELECT * FROM jobs WHERE id = %"+k.group+"%FOR UPDATE")
	})
	if k.seed%2 == 1 {
		k.release()
		testkit.Eventually(t, phaseLimit, "it is claimed", func() bool { return k.ticketState(t) == "running" })
		require.NoError(t, k.worker.Process.Signal(syscall.SIGSTOP))
	}
}

// reachPreflight stops it where a check reads a table's rows.
func reachPreflight(t *testing.T, k *killed) {
	k.hold(t, k.onSource, "LOCK TABLES probed WRITE")
	k.start(t)
	waitsOn(t, k.onSource, "%", "%probed%")
}

func reachStage(t *testing.T, k *killed) {
	k.start(t)
	enough := 1 + k.random.IntN(60)
	const staged = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?"
	testkit.Eventually(t, phaseLimit, "some tables are staged", func() bool {
		schema := k.names(t).Staging
		return schema != "" && k.count(t, staged, schema) >= enough
	})
	require.NoError(t, k.worker.Process.Signal(syscall.SIGSTOP))
	require.Less(t, k.count(t, staged, k.names(t).Staging), len(manyTables), "it was stopped while it staged")
}

func reachLoad(t *testing.T, k *killed) {
	k.start(t)
	k.hold(t, k.onTarget, "LOCK TABLES "+k.staged(t, "wide")+" WRITE")
	k.waits(t, "%wide%")
	k.inPhase(t, "load")
}

// reachIndex lets rows in, but no ALTER.
func reachIndex(t *testing.T, k *killed) {
	k.start(t)
	k.hold(t, k.onTarget, "START TRANSACTION", "SELECT 1 FROM "+k.staged(t, "wide")+" LIMIT 1")
	k.waits(t, "ALTER TABLE%wide%")
	k.inPhase(t, "index")
}

// reachVerify stops it where the foreign keys are added, which have been tried before any row moved.
func reachVerify(t *testing.T, k *killed) {
	k.start(t)
	testkit.Eventually(t, phaseLimit, "rows move", func() bool {
		var moving int
		require.NoError(t, k.meta.QueryRow("SELECT COUNT(*) FROM jobs WHERE ticket_id = ? AND phase IN ('load', 'index')", k.ticket.ID).Scan(&moving))
		return moving == 1
	})
	k.hold(t, k.onTarget, "START TRANSACTION", "SELECT 1 FROM "+k.staged(t, "note")+" LIMIT 1")
	k.waits(t, "ALTER TABLE%note%FOREIGN KEY%")
	k.inPhase(t, "verify")
}

func reachUndo(t *testing.T, k *killed) {
	switch k.seed % 3 {
	case 0:
		k.holdSwap(t)
		k.undo(t)
		k.waitsToSwap(t)
	case 1:
		k.holdObjects(t)
		k.undo(t)
		k.waits(t, "DROP FUNCTION%")
	default:
		k.holdView(t)
		k.undo(t)
		k.waits(t, "CREATE%VIEW%")
	}
}

// inPhase waits for the job to have written the phase that it is held in.
func (k *killed) inPhase(t *testing.T, phase string) {
	t.Helper()
	testkit.Eventually(t, phaseLimit, "the phase is "+phase, func() bool {
		var now string
		require.NoError(t, k.meta.QueryRow("SELECT phase FROM jobs WHERE ticket_id = ?", k.ticket.ID).Scan(&now))
		return now == phase
	})
}
