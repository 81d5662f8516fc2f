package inventory_test

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/inventory"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

func TestService_Test(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in, _, password := b.server(t, "shop")
	with := func(change func(in *inventory.Instance, pw *inventory.Passwords)) inventory.TestResult {
		fresh, pw := in, inventory.Passwords{Read: secret.New(password)}
		change(&fresh, &pw)
		results, err := b.TestNew(t.Context(), dba, fresh, pw)
		require.NoError(t, err)
		require.Len(t, results, 1)
		require.NotEmpty(t, results[0].Message.EN)
		require.NotEmpty(t, results[0].Message.ZH)
		return results[0]
	}
	t.Run("SavesWhatItDetects", func(t *testing.T) {
		results, err := b.Test(t.Context(), dba, in.ID)
		require.NoError(t, err)
		require.Len(t, results, 1)
		require.Truef(t, results[0].OK, "%+v", results[0])
		got, err := b.Get(t.Context(), user, in.ID)
		require.NoError(t, err)
		require.Equal(t, engine.MariaDB, got.Flavour)
		require.Contains(t, got.ServerVersion, "MariaDB")
		require.NotEmpty(t, got.Fingerprint)
		require.Equal(t, inventory.HealthUp, got.Health)
	})
	t.Run("WrongPassword", func(t *testing.T) {
		r := with(func(_ *inventory.Instance, pw *inventory.Passwords) { pw.Read = secret.New("wrong") })
		require.Equal(t, "auth_failed", r.Code)
		require.Contains(t, r.Message.EN, in.ReadAccount.User)
	})
	t.Run("NothingListens", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		port := listener.Addr().(*net.TCPAddr).Port
		require.NoError(t, listener.Close())
		r := with(func(in *inventory.Instance, _ *inventory.Passwords) { in.Port = port })
		require.Equal(t, "unreachable", r.Code)
		require.Contains(t, r.Message.ZH, strconv.Itoa(port))
	})
	t.Run("CertificateOfAnotherName", func(t *testing.T) {
		r := with(func(in *inventory.Instance, _ *inventory.Passwords) { in.TLS = engine.TLSVerifyFull })
		require.False(t, r.OK)
		require.Equal(t, "tls_failed", r.Code)
	})
	t.Run("BlankedPassword", func(t *testing.T) {
		_, err := b.Update(t.Context(), dba, in.ID, in.Version, inventory.InstancePatch{Host: ptr("127.0.0.2")}, inventory.Passwords{})
		require.NoError(t, err)
		results, err := b.Test(t.Context(), dba, in.ID)
		require.NoError(t, err)
		require.Equal(t, "secret_required", results[0].Code)
	})
}

// Who may change an address must not get a password sent there that somebody else has entered.
func TestService_NewHostGetsNoPassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in, _, _ := b.server(t, "shop")
	rogue, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	connected := make(chan struct{}, 16)
	go func() {
		for {
			conn, err := rogue.Accept()
			if err != nil {
				close(connected)
				return
			}
			connected <- struct{}{}
			_ = conn.Close()
		}
	}()
	_, err = b.Update(t.Context(), dba, in.ID, in.Version, inventory.InstancePatch{Port: ptr(rogue.Addr().(*net.TCPAddr).Port)}, inventory.Passwords{})
	require.NoError(t, err)
	_, err = b.Test(t.Context(), dba, in.ID)
	require.NoError(t, err)
	_, err = b.Databases(t.Context(), dba, in.ID)
	requireCode(t, err, "secret_required")
	require.NoError(t, b.ProbeDue(t.Context(), 0))
	require.NoError(t, rogue.Close())
	_, any := <-connected
	require.False(t, any, "the rogue server was contacted")
}

func TestService_LooksAtServers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in, database, _ := b.server(t, "shop")
	t.Run("Databases", func(t *testing.T) {
		found, err := b.Databases(t.Context(), user, in.ID)
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, database, found[0].Name)
		require.Equal(t, 1, found[0].Tables)
		require.Positive(t, found[0].Bytes)
	})
	t.Run("Tables", func(t *testing.T) {
		found, err := b.Tables(t.Context(), user, in.ID, database)
		require.NoError(t, err)
		require.Len(t, found, 2)
		require.Equal(t, "fruit table", found[0].Name+" "+found[0].Kind)
		require.Equal(t, "sweet view", found[1].Name+" "+found[1].Kind)
	})
	for _, hidden := range []string{"nowhere", "mysql", "MySQL", "information_schema", "_om_abcdefgh_1", "a\x00b", "x' OR '1'='1"} {
		t.Run("Hidden/"+hidden, func(t *testing.T) {
			_, err := b.Tables(t.Context(), user, in.ID, hidden)
			requireCode(t, err, "unknown_database")
		})
	}
}

// The printed statements are what an administrator pastes, so they are run as they are.
func TestService_Grants(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, start := range map[string]func(testing.TB) *localdb.Server{"MariaDB": testkit.SecondMariaDB, "MySQL": testkit.MySQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			database, db := testkit.Database(t, s)
			alike := strings.ReplaceAll(database, "_", "x")
			testkit.Exec(t, db, "CREATE TABLE a (id INT PRIMARY KEY)", "CREATE DATABASE "+alike, "CREATE TABLE "+alike+".a (id INT)",
				"CREATE PROCEDURE p() SELECT 1")
			t.Cleanup(func() { _, _ = db.Exec("DROP DATABASE " + alike) })
			reader, readPassword := testkit.User(t, s)
			loader, loadPassword := testkit.User(t, s)
			in, err := b.Create(t.Context(), dba, inventory.Instance{Name: "grants-" + strings.ToLower(name), EnvironmentID: b.environment.ID,
				Host: s.Host, Port: s.Port, ReadAccount: inventory.Account{User: reader}, LoadAccount: inventory.Account{User: loader}},
				inventory.Passwords{Read: secret.New(readPassword), Load: secret.New(loadPassword)})
			require.NoError(t, err)
			results, err := b.Test(t.Context(), dba, in.ID)
			require.NoError(t, err)
			require.Equal(t, []string{"ok", "grants_missing"}, []string{results[0].Code, results[1].Code})
			require.NotEmpty(t, results[1].Missing)

			read, load, err := b.Grants(t.Context(), dba, in.ID, database)
			require.NoError(t, err)
			testkit.Exec(t, db, append(read, load...)...)
			results, err = b.Test(t.Context(), dba, in.ID)
			require.NoError(t, err)
			require.Equal(t, "ok", results[1].Code)

			found, err := b.Databases(t.Context(), dba, in.ID)
			require.NoError(t, err)
			for _, d := range found {
				require.NotEqual(t, alike, d.Name, "the grant reaches a database whose name only looks like it")
			}
			at, _, _, err := b.Endpoint(t.Context(), in.ID, inventory.Read)
			require.NoError(t, err)
			asReader := connectAs(t, at)
			var body, discard any
			require.NoError(t, asReader.QueryRow("SELECT routine_definition FROM information_schema.routines WHERE routine_schema = ? AND routine_name = 'p'", database).Scan(&body))
			require.NotNil(t, body)
			require.Error(t, asReader.QueryRow("SELECT * FROM "+alike+".a").Scan(&discard))
			at, _, _, err = b.Endpoint(t.Context(), in.ID, inventory.Load)
			require.NoError(t, err)
			asLoader := connectAs(t, at)
			staging := "_om_" + strings.ReplaceAll(loader, "_", "") + "_1"
			testkit.Exec(t, asLoader, "CREATE DATABASE "+staging, "CREATE TABLE "+staging+".b (id INT PRIMARY KEY)",
				"RENAME TABLE "+database+".a TO "+staging+".a, "+staging+".b TO "+database+".a", "DROP DATABASE "+staging)
			_, err = asLoader.Exec("CREATE DATABASE xomx" + loader)
			require.Error(t, err)
		})
	}
	t.Run("Refuses", func(t *testing.T) {
		in, _, _ := b.server(t, "shop")
		for database, code := range map[string]string{"": "not_valid", "a\nb": "not_valid", "mysql": "system_schema", "_om_abcdefgh_1": "system_schema", strings.Repeat("x", 65): "not_valid"} {
			_, _, err := b.Grants(t.Context(), dba, in.ID, database)
			requireField(t, err, "database", code)
		}
	})
}
