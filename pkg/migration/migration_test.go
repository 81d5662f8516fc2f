package migration_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/inventory"
	"overmind/pkg/migration"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

var shop = []string{
	"CREATE TABLE goods (id INT PRIMARY KEY, name VARCHAR(50) NOT NULL) DEFAULT CHARSET utf8mb4",
	"INSERT INTO goods VALUES (1, 'tea'), (2, '茶 🍵')",
	"CREATE TABLE sales (id INT PRIMARY KEY AUTO_INCREMENT, goods_id INT NOT NULL, FOREIGN KEY (goods_id) REFERENCES goods (id))",
	"INSERT INTO sales (goods_id) VALUES (1), (2), (2)",
	"CREATE VIEW sold AS SELECT g.name, COUNT(*) AS n FROM goods g JOIN sales s ON s.goods_id = g.id GROUP BY g.name",
}

func TestTicketCopiesADatabase(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	b.worker(t, b.Store, "one")
	ticketID, _ := b.approved(t, b.spec(""))
	v := b.ends(t, ticketID, ticket.Succeeded)

	require.EqualValues(t, 3, number(t, b.to, "SELECT SUM(n) FROM "+b.copy+".sold"))
	require.EqualValues(t, 1, number(t, b.to, "SELECT COUNT(*) FROM "+b.copy+".goods WHERE name = '茶 🍵'"))
	var evidence migration.Evidence
	require.NoError(t, json.Unmarshal(v.Report, &evidence))
	require.Equal(t, v.SpecHash, evidence.SpecHash)
	require.Len(t, evidence.Tables, 2)
	require.Equal(t, b.source.Fingerprint, evidence.SourcePlace.Fingerprint)
	require.NotEmpty(t, b.source.Fingerprint)
	require.Zero(t, number(t, b.meta, "SELECT COUNT(*) FROM job_locks"))
	require.NotZero(t, number(t, b.meta, "SELECT COUNT(*) FROM events WHERE type = 'ticket.phase'"))
}

func TestReplacedTablesAreKeptAndDropped(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	testkit.Exec(t, b.to, "CREATE DATABASE "+b.copy, "CREATE TABLE "+b.copy+".goods (id INT PRIMARY KEY, old INT)", "CREATE TABLE "+b.copy+".mine (id INT PRIMARY KEY)")
	b.worker(t, b.Store, "one")
	ticketID, _ := b.approved(t, b.spec(`,"if_exists":"replace"`))
	b.ends(t, ticketID, ticket.Succeeded)
	require.EqualValues(t, 2, number(t, b.to, "SELECT COUNT(*) FROM "+b.copy+".goods"))
	require.Zero(t, number(t, b.to, "SELECT COUNT(*) FROM "+b.copy+".mine"), "what only the target has stays")

	testkit.Exec(t, b.meta, "UPDATE kept_schemas SET due_at = NOW(6) - INTERVAL 1 DAY")
	x, ok, err := b.ExpiredKept(t.Context(), "one", soon)
	require.NoError(t, err)
	require.True(t, ok)
	there := func() int64 {
		return number(t, b.to, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?", x.Kept.Schema)
	}
	require.EqualValues(t, 1, there(), "the replaced table is kept")
	other := x.Kept
	other.Fingerprint = "another"
	require.True(t, fault.Is(b.migration.DropKept(t.Context(), other), "another_server"))
	require.NoError(t, b.migration.DropKept(t.Context(), x.Kept))
	require.Zero(t, there())
}

func TestCanonicalAsksTheInventory(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	off := b.environment(t, inventory.Environment{Name: "archive", Color: "#cccccc", Rank: 2, MayBeTarget: true})
	archive := b.instance(t, "archive", off, testkit.MariaDB(t)) // the same server as the source
	canonical := func(from int64, database string, to int64, name string) error {
		_, _, err := b.migration.Canonical(t.Context(), json.RawMessage(fmt.Sprintf(
			`{"source":{"instance_id":%d,"database":%q},"target":{"instance_id":%d,"database":%q}}`, from, database, to, name)))
		return err
	}
	require.NoError(t, canonical(b.source.ID, "a", b.target.ID, "a"))
	requireField(t, canonical(b.target.ID, "a", b.source.ID, "a"), "spec.target.instance_id", "not_a_target")
	requireField(t, canonical(archive.ID, "a", b.target.ID, "a"), "spec.source.instance_id", "not_a_source")
	requireField(t, canonical(1<<40, "a", b.target.ID, "a"), "spec.source.instance_id", "instance_not_found")
	requireField(t, canonical(b.source.ID, "a", archive.ID, "a"), "spec.target.database", "same_server_same_schema")
	require.NoError(t, canonical(b.source.ID, "a", archive.ID, "b"))

	disabled := true
	_, err := b.inventory.Update(t.Context(), dora, archive.ID, archive.Version, inventory.InstancePatch{Disabled: &disabled}, inventory.Passwords{})
	require.NoError(t, err)
	requireField(t, canonical(b.source.ID, "a", archive.ID, "b"), "spec.target.instance_id", "instance_disabled")
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	t.Run("of a blocked ticket is stored and cannot be approved", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, shop...)
		testkit.Exec(t, b.to, "CREATE DATABASE "+b.copy, "CREATE TABLE "+b.copy+".goods (id INT)")
		v := b.submit(t, b.spec(""))
		require.True(t, v.Preflight.Blocked())
		_, err := b.tickets.Approve(t.Context(), dora, v.ID, ticket.Approval{Version: v.Version, SpecHash: v.SpecHash, FindingsHash: v.Preflight.Hash})
		require.True(t, fault.Is(err, "preflight_blocked"), err)
	})
	t.Run("of an instance without a password is a block that says so", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, shop...)
		other := "somebody"
		_, err := b.inventory.Update(t.Context(), dora, b.target.ID, b.target.Version, inventory.InstancePatch{LoadUser: &other}, inventory.Passwords{})
		require.NoError(t, err)
		v := b.submit(t, b.spec(""))
		require.Equal(t, "target_unusable", v.Preflight.Findings[0].Code)
		require.Equal(t, []string{"secret_required"}, v.Preflight.Findings[0].Objects)
	})
	t.Run("has the same hash at every look, whatever the number of rows", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, shop...)
		testkit.Exec(t, b.to, "CREATE DATABASE "+b.copy, "CREATE TABLE "+b.copy+".goods (id INT PRIMARY KEY)", "INSERT INTO "+b.copy+".goods VALUES (1)")
		first := b.submit(t, b.spec(`,"content":"structure","if_exists":"replace"`)).Preflight
		testkit.Exec(t, b.to, "INSERT INTO "+b.copy+".goods VALUES (2), (3)")
		second := b.submit(t, b.spec(`,"content":"structure","if_exists":"replace"`)).Preflight
		require.NotEmpty(t, first.Findings)
		require.Equal(t, first.Hash, second.Hash)
		require.NotEqual(t, first.Hash, b.submit(t, b.spec(`,"if_exists":"replace"`)).Preflight.Hash)
	})
	t.Run("locks the target for itself, the source against being replaced, and counts its connections", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, shop...)
		require.Equal(t, []ticket.Lock{
			{Key: b.target.Fingerprint + "/" + b.copy, Exclusive: true}, {Key: b.source.Fingerprint + "/" + b.database},
			{Key: "source", InstanceID: b.source.ID, Least: 6, Most: 14}, {Key: "target", InstanceID: b.target.ID, Least: 6, Most: 14},
		}, b.submit(t, b.spec("")).Preflight.Locks)
	})
	t.Run("holds no password", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, shop...)
		at, _, _, err := b.inventory.Endpoint(t.Context(), b.target.ID, inventory.Load)
		require.NoError(t, err)
		text, err := json.Marshal(b.submit(t, b.spec("")))
		require.NoError(t, err)
		require.NotContains(t, string(text), at.Password.Reveal())
	})
}

// Whatever moves between the approval and the run stops the run before it touches the target.
func TestStaleApproval(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, b *bench, ticketID int64){
		"the stored spec is another one": func(t *testing.T, b *bench, ticketID int64) {
			testkit.Exec(t, b.meta, fmt.Sprintf(`UPDATE tickets SET spec = REPLACE(spec, '"replace"', '"refuse"') WHERE id = %d`, ticketID))
		},
		"a consent was added to the stored plan": func(t *testing.T, b *bench, ticketID int64) {
			testkit.Exec(t, b.meta, fmt.Sprintf(`UPDATE tickets SET plan = REPLACE(plan, '"consents":[]', '"consents":["x"]') WHERE id = %d`, ticketID))
		},
		"the target's connection was edited": func(t *testing.T, b *bench, _ int64) {
			off := engine.TLSOff
			user, password := testkit.User(t, testkit.SecondMariaDB(t), "GRANT ALL PRIVILEGES ON *.* TO %s")
			pw := inventory.Passwords{Read: secret.New(password), Load: secret.New(password)}
			_, err := b.inventory.Update(t.Context(), dora, b.target.ID, b.target.Version, inventory.InstancePatch{TLS: &off, LoadUser: &user, ReadUser: &user}, pw)
			require.NoError(t, err)
		},
		"the target's environment is closed": func(t *testing.T, b *bench, _ int64) {
			closed := false
			e, err := b.inventory.GetEnvironment(t.Context(), dora, b.target.EnvironmentID)
			require.NoError(t, err)
			_, err = b.inventory.UpdateEnvironment(t.Context(), dora, e.ID, e.Version, inventory.EnvironmentPatch{MayBeTarget: &closed})
			require.NoError(t, err)
		},
		"a table that would be replaced was altered": func(t *testing.T, b *bench, _ int64) {
			testkit.Exec(t, b.to, "ALTER TABLE "+b.copy+".goods ADD surprise INT")
		},
		"one more table would be replaced": func(t *testing.T, b *bench, _ int64) {
			testkit.Exec(t, b.to, "CREATE TABLE "+b.copy+".sales (id INT PRIMARY KEY)")
		},
		"the source has become impossible to copy": func(t *testing.T, b *bench, _ int64) {
			testkit.Exec(t, b.from, "CREATE SEQUENCE numbers")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, shop...)
			testkit.Exec(t, b.to, "CREATE DATABASE "+b.copy, "CREATE TABLE "+b.copy+".goods (id INT PRIMARY KEY, old INT)")
			ticketID, _ := b.approved(t, b.spec(`,"if_exists":"replace"`))
			change(t, b, ticketID)
			b.worker(t, b.Store, "one")
			v := b.ends(t, ticketID, ticket.Failed)
			require.Equal(t, "approval_stale", v.FailureCode, v.Failure)
			require.EqualValues(t, 1, number(t, b.to, "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLUMN_NAME = 'old'", b.copy))
			require.Zero(t, b.staging(t))
		})
	}
}

func TestNewRowsDoNotMakeAnApprovalStale(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop...)
	ticketID, _ := b.approved(t, b.spec(""))
	testkit.Exec(t, b.from, "INSERT INTO goods VALUES (3, 'coffee')")
	b.worker(t, b.Store, "one")
	b.ends(t, ticketID, ticket.Succeeded)
	require.EqualValues(t, 3, number(t, b.to, "SELECT COUNT(*) FROM "+b.copy+".goods"))
}
