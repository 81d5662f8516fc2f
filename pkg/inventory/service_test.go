package inventory_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/engine/check"
	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/inventory"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/store"
	"overmind/pkg/testkit"
)

var (
	admin = event.Actor{UserID: 1, Name: "root", Role: event.RoleAdmin, Address: "192.0.2.1"}
	dba   = event.Actor{UserID: 2, Name: "dana", Role: event.RoleDBA, Address: "192.0.2.1"}
	user  = event.Actor{UserID: 3, Name: "uma", Role: event.RoleUser, Address: "192.0.2.1"}
)

// bundle is an inventory of its own, with one environment.
type bundle struct {
	*inventory.Service
	store       *store.Inventory
	db          *sql.DB
	log         *bytes.Buffer
	environment inventory.Environment
}

func setup(t *testing.T) *bundle { t.Helper(); return setupOn(t, testkit.MariaDB(t)) }

func setupOn(t *testing.T, server *localdb.Server) *bundle {
	t.Helper()
	name, db := testkit.Database(t, server)
	s, err := store.Open(t.Context(), store.Options{
		Host: server.Host, Port: server.Port, User: "root", Password: secret.New(server.RootPassword), Database: name})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	keys, _, err := secret.Ensure(filepath.Join(t.TempDir(), "keys.json"), "")
	require.NoError(t, err)
	b := &bundle{store: s.Inventory(), db: db, log: new(bytes.Buffer)}
	log := slog.New(slog.NewTextHandler(b.log, nil))
	b.Service = inventory.New(inventory.Options{Store: b.store, Sealer: keys, Prober: engine.New(engine.Options{Log: log, Missing: check.Missing}),
		Policy: inventory.AddressPolicy{AllowLoopback: true, Own: []string{net.JoinHostPort(server.Host, strconv.Itoa(server.Port))}}, Log: log})
	b.environment, err = b.CreateEnvironment(t.Context(), dba, inventory.Environment{
		Name: "Production", Color: "#C62828", Rank: 10, Protected: true, MayBeSource: true})
	require.NoError(t, err)
	return b
}

// server is a real one with an account that may read a database, registered under its name.
func (b *bundle) server(t *testing.T, name string) (in inventory.Instance, database, password string) {
	t.Helper()
	s := testkit.SecondMariaDB(t)
	database, db := testkit.Database(t, s)
	testkit.Exec(t, db, "CREATE TABLE fruit (id INT PRIMARY KEY)", "INSERT INTO fruit VALUES (1), (2)", "CREATE VIEW sweet AS SELECT * FROM fruit")
	reader, password := testkit.User(t, s, "GRANT SELECT, SHOW VIEW ON "+database+".* TO %s")
	in, err := b.Create(t.Context(), dba, inventory.Instance{Name: name, EnvironmentID: b.environment.ID, Host: s.Host, Port: s.Port,
		ReadAccount: inventory.Account{User: reader}}, inventory.Passwords{Read: secret.New(password)})
	require.NoError(t, err)
	return in, database, password
}

func (b *bundle) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, b.db.QueryRowContext(t.Context(), query, args...).Scan(&n))
	return n
}

func ptr[T any](v T) *T { return &v }

func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	require.Truef(t, fault.Is(err, code), "want %s, got %v", code, err)
}

func requireField(t *testing.T, err error, field, code string) {
	t.Helper()
	require.Error(t, err)
	for _, f := range fault.As(err).Fields {
		if f.Name == field && f.Code == code {
			return
		}
	}
	require.Failf(t, "no such problem", "want %s: %s, got %+v", field, code, fault.As(err).Fields)
}

func TestService_Environments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	t.Run("Created", func(t *testing.T) {
		e, err := b.GetEnvironment(t.Context(), user, b.environment.ID)
		require.NoError(t, err)
		require.Equal(t, inventory.Environment{ID: e.ID, Name: "Production", Color: "#c62828", Rank: 10, Protected: true, MayBeSource: true, Version: 1}, e)
		require.Equal(t, 1, b.count(t, "SELECT COUNT(*) FROM events WHERE type = 'environment.created' AND actor_id = 2"))
	})
	t.Run("NameTaken", func(t *testing.T) {
		_, err := b.CreateEnvironment(t.Context(), dba, inventory.Environment{Name: "PRODUCTION", Color: "#000000"})
		requireCode(t, err, "name_taken")
	})
	t.Run("StaleVersion", func(t *testing.T) {
		e, err := b.UpdateEnvironment(t.Context(), dba, b.environment.ID, 1, inventory.EnvironmentPatch{Rank: ptr(20)})
		require.NoError(t, err)
		require.Equal(t, 2, e.Version)
		_, err = b.UpdateEnvironment(t.Context(), dba, e.ID, 1, inventory.EnvironmentPatch{Rank: ptr(30)})
		requireCode(t, err, "version_conflict")
	})
	t.Run("SelfApprovalInAProtectedOne", func(t *testing.T) {
		_, err := b.UpdateEnvironment(t.Context(), dba, b.environment.ID, 2, inventory.EnvironmentPatch{AllowSelfApproval: ptr(true)})
		requireField(t, err, "allow_self_approval", "protected")
	})
	t.Run("OneDBACannotDoAwayWithTheOther", func(t *testing.T) {
		_, err := b.UpdateEnvironment(t.Context(), dba, b.environment.ID, 2, inventory.EnvironmentPatch{Protected: ptr(false)})
		requireCode(t, err, "admin_only")
		_, err = b.CreateEnvironment(t.Context(), dba, inventory.Environment{Name: "Free", Color: "#000000", AllowSelfApproval: true})
		requireCode(t, err, "admin_only")
		free, err := b.CreateEnvironment(t.Context(), admin, inventory.Environment{Name: "Free", Color: "#000000", AllowSelfApproval: true})
		require.NoError(t, err)
		in, _, _ := b.server(t, "moved")
		_, err = b.Update(t.Context(), dba, in.ID, in.Version, inventory.InstancePatch{EnvironmentID: ptr(free.ID)}, inventory.Passwords{})
		requireCode(t, err, "admin_only")
		require.Equal(t, 3, b.count(t, "SELECT COUNT(*) FROM audit WHERE action LIKE '%.refused' AND actor_id = 2"))
		in, err = b.Update(t.Context(), admin, in.ID, in.Version, inventory.InstancePatch{EnvironmentID: ptr(free.ID)}, inventory.Passwords{})
		require.NoError(t, err)
		require.NoError(t, b.Delete(t.Context(), dba, in.ID, in.Version))
	})
	t.Run("InUse", func(t *testing.T) {
		in, _, _ := b.server(t, "shop")
		requireCode(t, b.DeleteEnvironment(t.Context(), dba, b.environment.ID, 2), "in_use")
		require.NoError(t, b.Delete(t.Context(), dba, in.ID, in.Version))
		require.NoError(t, b.DeleteEnvironment(t.Context(), dba, b.environment.ID, 2))
		_, err := b.GetEnvironment(t.Context(), dba, b.environment.ID)
		requireCode(t, err, "environment_not_found")
	})
	for name, e := range map[string]inventory.Environment{
		"name":  {Name: " x", Color: "#000000"},
		"color": {Name: "x", Color: "red"},
		"rank":  {Name: "x", Color: "#000000", Rank: 1001},
	} {
		t.Run("Refuses/"+name, func(t *testing.T) {
			_, err := b.CreateEnvironment(t.Context(), dba, e)
			require.Error(t, err)
			require.Equal(t, name, fault.As(err).Fields[0].Name)
		})
	}
}

func TestService_OnlyStaffChanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in, _, _ := b.server(t, "shop")
	for name, act := range map[string]func() error{
		"environment.create": func() error { _, err := b.CreateEnvironment(t.Context(), user, inventory.Environment{}); return err },
		"environment.update": func() error {
			_, err := b.UpdateEnvironment(t.Context(), user, 1, 1, inventory.EnvironmentPatch{})
			return err
		},
		"environment.delete": func() error { return b.DeleteEnvironment(t.Context(), user, 1, 1) },
		"instance.create":    func() error { _, err := b.Create(t.Context(), user, in, inventory.Passwords{}); return err },
		"instance.update": func() error {
			_, err := b.Update(t.Context(), user, in.ID, in.Version, inventory.InstancePatch{}, inventory.Passwords{})
			return err
		},
		"instance.delete": func() error { return b.Delete(t.Context(), user, in.ID, in.Version) },
		"instance.test":   func() error { _, err := b.Test(t.Context(), user, in.ID); return err },
	} {
		t.Run(name, func(t *testing.T) {
			requireCode(t, act(), "forbidden")
			require.Equal(t, 1, b.count(t, "SELECT COUNT(*) FROM audit WHERE action = ? AND actor_id = 3", name+".refused"))
		})
	}
}

func TestService_Update(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in, _, password := b.server(t, "shop")
	require.True(t, in.ReadAccount.HasPassword)
	require.Equal(t, 1, in.ConnectionVersion)
	again := inventory.Passwords{Read: secret.New(password)}

	t.Run("LabelsKeepThePassword", func(t *testing.T) {
		got, err := b.Update(t.Context(), dba, in.ID, in.Version, inventory.InstancePatch{Labels: &map[string]string{"tier": "1"}}, inventory.Passwords{})
		require.NoError(t, err)
		require.True(t, got.ReadAccount.HasPassword)
		require.Equal(t, 1, got.ConnectionVersion)
		got, err = b.Get(t.Context(), user, in.ID)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"tier": "1"}, got.Labels)
		in = got
	})
	for name, patch := range map[string]inventory.InstancePatch{
		"host": {Host: ptr("127.0.0.2")}, "port": {Port: ptr(in.Port + 1)}, "user": {ReadUser: ptr("other")}, "tls": {TLS: ptr(engine.TLSRequired)},
	} {
		t.Run("BlanksThePassword/"+name, func(t *testing.T) {
			got, err := b.Update(t.Context(), dba, in.ID, in.Version, patch, inventory.Passwords{})
			require.NoError(t, err)
			require.False(t, got.ReadAccount.HasPassword)
			require.Equal(t, in.ConnectionVersion+1, got.ConnectionVersion)
			require.Zero(t, b.count(t, "SELECT COUNT(*) FROM instance_secrets WHERE instance_id = ?", in.ID))
			_, _, _, err = b.Endpoint(t.Context(), in.ID, inventory.Read)
			requireCode(t, err, "secret_required")

			in, err = b.Update(t.Context(), dba, in.ID, got.Version, inventory.InstancePatch{Host: ptr(in.Host), Port: ptr(in.Port),
				ReadUser: ptr(in.ReadAccount.User), TLS: ptr(in.TLS)}, again)
			require.NoError(t, err)
			require.True(t, in.ReadAccount.HasPassword)
		})
	}
	t.Run("StaleVersion", func(t *testing.T) {
		_, err := b.Update(t.Context(), dba, in.ID, in.Version-1, inventory.InstancePatch{Owner: ptr("x")}, inventory.Passwords{})
		requireCode(t, err, "version_conflict")
	})
	t.Run("OneOfTwoEditorsWins", func(t *testing.T) {
		errs := make([]error, 2)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() {
				_, errs[i] = b.Update(t.Context(), dba, in.ID, in.Version, inventory.InstancePatch{Owner: ptr(fmt.Sprint(i))}, inventory.Passwords{})
			})
		}
		group.Wait()
		require.NotEqual(t, errs[0] == nil, errs[1] == nil)
	})
	t.Run("TicketsKeepIt", func(t *testing.T) {
		in, err := b.Get(t.Context(), dba, in.ID)
		require.NoError(t, err)
		testkit.Exec(t, b.db, fmt.Sprintf(`INSERT INTO tickets (kind, title, reason, state, version, requester_id, spec, spec_hash, source_instance_id,
			source_database, target_instance_id, target_database, subject_tables, findings, findings_hash, plan, locks, review_note, failure, report,
			submitted_at, updated_at) VALUES ('migration', '', '', 'rejected', 1, 1, '', '', 0, '', %d, '', '', '', '', '', '', '', '', '', NOW(6), NOW(6))`, in.ID))
		requireCode(t, b.Delete(t.Context(), dba, in.ID, in.Version), "in_use")
	})
}

func TestService_PasswordsAreBound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, _, password := b.server(t, "one")
	two, _, _ := b.server(t, "two")
	at, _, environment, err := b.Endpoint(t.Context(), one.ID, inventory.Read)
	require.NoError(t, err)
	require.Equal(t, password, at.Password.Reveal())
	require.Equal(t, "127.0.0.1", at.Address)
	require.Equal(t, b.environment.ID, environment.ID)

	t.Run("MovedToAnotherRow", func(t *testing.T) {
		testkit.Exec(t, b.db, fmt.Sprintf("UPDATE instance_secrets a JOIN instance_secrets b ON b.instance_id = %d SET a.ciphertext = b.ciphertext WHERE a.instance_id = %d", one.ID, two.ID))
		_, _, _, err := b.Endpoint(t.Context(), two.ID, inventory.Read)
		requireCode(t, err, "secret_unreadable")
	})
	t.Run("HostChangedBehindOurBack", func(t *testing.T) {
		testkit.Exec(t, b.db, fmt.Sprintf("UPDATE instances SET host = '127.0.0.2' WHERE id = %d", one.ID))
		_, _, _, err := b.Endpoint(t.Context(), one.ID, inventory.Read)
		requireCode(t, err, "secret_unreadable")
	})
	t.Run("Disabled", func(t *testing.T) {
		testkit.Exec(t, b.db, "UPDATE instances SET disabled = 1")
		_, _, _, err := b.Endpoint(t.Context(), one.ID, inventory.Read)
		requireCode(t, err, "instance_disabled")
	})
}

func TestService_SecretsAppearNowhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const canary = "canary-4f1d'\"\\#%s"
	in := inventory.Instance{Name: "shop", EnvironmentID: b.environment.ID, Host: "127.0.0.1", Port: 1,
		ReadAccount: inventory.Account{User: "r"}, LoadAccount: inventory.Account{User: "l"}}
	pw := inventory.Passwords{Read: secret.New(canary), Load: secret.New(canary)}
	made, err := b.Create(t.Context(), dba, in, pw)
	require.NoError(t, err)
	made, err = b.Update(t.Context(), dba, made.ID, made.Version, inventory.InstancePatch{Port: ptr(2)}, pw)
	require.NoError(t, err)
	tested, err := b.Test(t.Context(), dba, made.ID)
	require.NoError(t, err)
	fresh, err := b.TestNew(t.Context(), dba, in, pw)
	require.NoError(t, err)
	require.NoError(t, b.ProbeDue(t.Context(), 0))
	at, _, _, err := b.Endpoint(t.Context(), made.ID, inventory.Load)
	require.NoError(t, err)

	seen := fmt.Sprintf("%v %+v %#v", []any{made, pw, tested, fresh, at}, []any{made, pw, tested, fresh, at}, []any{pw, at})
	for _, v := range []any{made, pw, tested, fresh, at} {
		encoded, err := json.Marshal(v)
		require.NoError(t, err)
		seen += string(encoded)
	}
	for _, table := range []string{"events", "audit", "instances", "instance_secrets"} {
		seen += dump(t, b.db, table)
	}
	require.NotContains(t, seen+b.log.String(), "canary-4f1d")
}

// dump is everything a table holds, as text.
func dump(t *testing.T, db *sql.DB, table string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
	require.NoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var text strings.Builder
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(sql.RawBytes)
		}
		require.NoError(t, rows.Scan(values...))
		for _, v := range values {
			text.Write(*v.(*sql.RawBytes))
			text.WriteByte('\n')
		}
	}
	require.NoError(t, rows.Err())
	require.NotZero(t, text.Len())
	return text.String()
}

func TestService_Health(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in, _, _ := b.server(t, "shop")
	probe := func() { require.NoError(t, b.ProbeDue(t.Context(), 0)) }
	health := func() string {
		got, err := b.Get(t.Context(), dba, in.ID)
		require.NoError(t, err)
		return got.Health
	}
	events := func(kind string) int { return b.count(t, "SELECT COUNT(*) FROM events WHERE type = ?", kind) }

	probe()
	require.Equal(t, inventory.HealthUp, health())
	// The password no longer fits the address, as after a change that nobody told us of.
	testkit.Exec(t, b.db, fmt.Sprintf("UPDATE instances SET port = 1 WHERE id = %d", in.ID))
	probe()
	probe()
	require.Equal(t, inventory.HealthUp, health())
	require.Zero(t, events("instance.unreachable"))
	probe()
	probe()
	require.Equal(t, inventory.HealthDown, health())
	require.Equal(t, 1, events("instance.unreachable"))
	testkit.Exec(t, b.db, fmt.Sprintf("UPDATE instances SET port = %d WHERE id = %d", in.Port, in.ID))
	probe()
	probe()
	require.Equal(t, inventory.HealthUp, health())
	require.Equal(t, 1, events("instance.recovered"))
	require.Equal(t, in.Version, b.count(t, "SELECT version FROM instances"), "a probe is no edit")

	t.Run("OneOfFourProcessesProbes", func(t *testing.T) {
		testkit.Exec(t, b.db, "UPDATE instances SET health_at = NOW(6) - INTERVAL 61 SECOND")
		var claimed atomic.Int64
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				ids, err := b.store.ClaimProbes(t.Context(), time.Minute)
				if err == nil {
					claimed.Add(int64(len(ids)))
				}
			})
		}
		group.Wait()
		require.EqualValues(t, 1, claimed.Load())
	})
}

func TestService_HealthLoop_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in, _, _ := b.server(t, "shop")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.HealthLoop(ctx) }()
	testkit.Eventually(t, 60*time.Second, "the server was seen", func() bool {
		return b.count(t, "SELECT COUNT(*) FROM instances WHERE id = ? AND health = 'up' AND fingerprint <> ''", in.ID) == 1
	})
	cancel()
	require.NoError(t, <-ended)
}

// The statements are the same on both kinds of servers; that they mean the same is shown once.
func TestService_OnMySQL(t *testing.T) {
	t.Parallel()
	b := setupOn(t, testkit.MySQL(t))
	in, database, _ := b.server(t, "shop")
	_, err := b.Create(t.Context(), dba, in, inventory.Passwords{})
	requireCode(t, err, "name_taken")
	require.NoError(t, b.ProbeDue(t.Context(), time.Minute))
	found, err := b.List(t.Context(), user, inventory.Filter{Query: "HO", EnvironmentID: b.environment.ID})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, inventory.HealthUp, found[0].Health)
	found, err = b.List(t.Context(), user, inventory.Filter{Query: "%"})
	require.NoError(t, err)
	require.Empty(t, found)
	databases, err := b.Databases(t.Context(), user, in.ID)
	require.NoError(t, err)
	require.Equal(t, database, databases[0].Name)
	moved, err := b.Update(t.Context(), dba, in.ID, in.Version, inventory.InstancePatch{Port: ptr(1)}, inventory.Passwords{})
	require.NoError(t, err)
	require.False(t, moved.ReadAccount.HasPassword)
	require.Equal(t, inventory.HealthUnknown, moved.Health)
	requireCode(t, b.DeleteEnvironment(t.Context(), dba, b.environment.ID, 1), "in_use")
	require.NoError(t, b.Delete(t.Context(), dba, in.ID, moved.Version))
	require.NoError(t, b.DeleteEnvironment(t.Context(), dba, b.environment.ID, 1))
}

// connectAs opens a session as one of an instance's accounts.
func connectAs(t *testing.T, at engine.Endpoint) *sql.DB {
	t.Helper()
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", net.JoinHostPort(at.Address, strconv.Itoa(at.Port))
	config.User, config.Passwd = at.User, at.Password.Reveal()
	config.TLSConfig = "preferred"
	connector, err := mysql.NewConnector(config)
	require.NoError(t, err)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}
