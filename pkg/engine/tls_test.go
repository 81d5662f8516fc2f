package engine_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

// oldServer greets as MySQL 5.7 does, offers only this TLS, and refuses every account.
func oldServer(t *testing.T, offer *tls.Config) engine.Endpoint {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	offer.Certificates = []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				refuse(conn, offer)
			}()
		}
	}()
	return engine.Endpoint{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, User: "u", Password: secret.New("p")}
}

// refuse speaks the protocol up to the refusal of the account: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html.
// What goes wrong before is the client's to tell.
func refuse(conn net.Conn, offer *tls.Config) {
	send := func(to io.Writer, sequence byte, payload string) {
		_, _ = to.Write(append([]byte{byte(len(payload)), 0, 0, sequence}, payload...))
	}
	take := func(from io.Reader) {
		head := make([]byte, 4)
		if _, err := io.ReadFull(from, head); err == nil {
			_, _ = io.CopyN(io.Discard, from, int64(head[0])|int64(head[1])<<8)
		}
	}
	const abilities, more = "\x01\x8a", "\x08\x00" // the protocol of 4.1, TLS and methods of signing in
	send(conn, 0, "\x0a5.7.44\x00\x01\x00\x00\x0012345678\x00"+abilities+"\x21\x02\x00"+more+"\x15"+strings.Repeat("\x00", 10)+"123456789012\x00mysql_native_password\x00")
	take(conn)
	encrypted := tls.Server(conn, offer)
	take(encrypted)
	send(encrypted, 3, "\xff\x15\x04#28000Access denied")
}

func TestProbe_ReachesServersThatOfferOnlyOldTLSAndSaysWhereItDoesNot(t *testing.T) {
	t.Parallel()
	onlyRSA := oldServer(t, &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}})
	only11 := oldServer(t, &tls.Config{MinVersion: tls.VersionTLS11, MaxVersion: tls.VersionTLS11, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}})
	for _, test := range []struct {
		server  engine.Endpoint
		reached []engine.TLSMode
		not     []engine.TLSMode
	}{
		{onlyRSA, []engine.TLSMode{engine.TLSPreferred, engine.TLSRequired}, []engine.TLSMode{engine.TLSVerifyCA, engine.TLSVerifyFull}},
		{only11, []engine.TLSMode{engine.TLSPreferred}, []engine.TLSMode{engine.TLSRequired, engine.TLSVerifyCA, engine.TLSVerifyFull}},
	} {
		for _, mode := range test.reached {
			test.server.TLS = mode
			_, err := engine.New(engine.Options{}).Probe(t.Context(), test.server)
			assert.True(t, fault.Is(err, "auth_failed"), "%s: %v", mode, err)
		}
		for _, mode := range test.not {
			test.server.TLS = mode
			_, err := engine.New(engine.Options{}).Probe(t.Context(), test.server)
			assert.True(t, fault.Is(err, "tls_failed"), "%s: %v", mode, err)
			assert.ErrorContains(t, err, "old TLS", mode)
		}
	}
}
