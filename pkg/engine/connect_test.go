package engine_test

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

func TestProbe_SaysWhatIsThere(t *testing.T) {
	t.Parallel()
	e := engine.New(engine.Options{})
	fingerprints := map[string]bool{}
	for _, s := range []*localdb.Server{testkit.MariaDB(t), testkit.SecondMariaDB(t), testkit.MySQL(t)} {
		server, err := e.Probe(t.Context(), newSide(t, s).at)
		require.NoError(t, err)
		assert.Equal(t, string(s.Flavour), string(server.Flavour))
		assert.NotEmpty(t, server.Version)
		fingerprints[server.Fingerprint] = true
	}
	assert.Len(t, fingerprints, 3)
}

func TestProbe_SaysInACodeWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := testkit.MariaDB(t)
	good := newSide(t, s).at
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	free := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	full, password := testkit.User(t, s)
	db := s.DB("")
	defer db.Close()
	testkit.Exec(t, db, "ALTER USER '"+full+"'@'%' WITH MAX_USER_CONNECTIONS -1")
	for code, change := range map[string]func(*engine.Endpoint){
		"unreachable":          func(at *engine.Endpoint) { at.Port = free },
		"auth_failed":          func(at *engine.Endpoint) { at.Password = secret.New("wrong") },
		"tls_failed":           func(at *engine.Endpoint) { at.TLS = engine.TLSRequired },
		"too_many_connections": func(at *engine.Endpoint) { at.User, at.Password = full, secret.New(password) },
	} {
		at := good
		change(&at)
		_, err := engine.New(engine.Options{}).Probe(t.Context(), at)
		assert.Truef(t, fault.Is(err, code), "%s: %v", code, err)
		assert.NotContains(t, err.Error(), good.Password.Reveal())
	}
	_, err = engine.New(engine.Options{}).Probe(t.Context(), engine.Endpoint{Host: "no-such-host.invalid", Port: 3306, User: "u"})
	assert.True(t, fault.Is(err, "unreachable"), "%v", err)
	_, err = engine.New(engine.Options{}).Tables(t.Context(), good, "no_such_database")
	assert.True(t, fault.Is(err, "unknown_database"), "%v", err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = engine.New(engine.Options{}).Probe(ctx, good)
	assert.True(t, fault.Is(err, "cancelled"), "%v", err)
}

func TestCopy_IsEncryptedOnBothSidesWhereRequired(t *testing.T) {
	t.Parallel()
	s := testkit.MySQL(t) // has a certificate of its own from its first start
	for _, mode := range []engine.TLSMode{engine.TLSRequired, engine.TLSPreferred} {
		for _, executor := range []engine.Executor{engine.ExecutorNative, engine.ExecutorPipe} {
			c := newCopying(t, s, s, "CREATE TABLE a (id INT PRIMARY KEY)", "INSERT INTO a VALUES (1)")
			allowLocal(t, c.target)
			c.spec.Source.TLS, c.spec.Target.TLS, c.spec.Executor = mode, mode, executor
			testkit.Exec(t, c.source.db, "ALTER USER '"+c.source.at.User+"'@'%' REQUIRE SSL", "ALTER USER '"+c.target.at.User+"'@'%' REQUIRE SSL")
			_, err := c.run(t, engine.Hooks{})
			require.NoError(t, err, "%s %s", mode, executor)
			assert.Equal(t, []string{"true:1"}, query(t, c.target.db, "SELECT * FROM "+engine.QName(c.spec.TargetDatabase, "a")))
		}
	}
}
