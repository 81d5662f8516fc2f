package notify

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/secret"
)

func TestGuard_RefusesWhatIsNotPublic(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"100.100.100.200", "0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.0.192", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1",
		"fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::7f00:1", "2001:db8::1"} {
		require.Error(t, Guard{}.check(t.Context(), netip.AddrPortFrom(netip.MustParseAddr(address), 443), true), address)
	}
	for _, address := range []string{"93.184.216.34", "8.8.8.8", "2606:4700::1111"} {
		at := netip.AddrPortFrom(netip.MustParseAddr(address), 443)
		require.NoError(t, Guard{}.check(t.Context(), at, true), address)
		require.ErrorIs(t, Guard{}.check(t.Context(), at, false), errNotSecret, address)
	}
}

func TestGuard_AllowsOnesOwnNetworksButNeverWhatIsNever(t *testing.T) {
	t.Parallel()
	own := netip.MustParseAddrPort("10.0.0.5:3306")
	g := Guard{Allowed: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Never: func(_ context.Context, at netip.AddrPort) string {
		if at == own {
			return "it is our own database"
		}
		return ""
	}}
	require.NoError(t, g.check(t.Context(), netip.MustParseAddrPort("10.0.0.5:25"), false))
	require.NoError(t, g.check(t.Context(), netip.MustParseAddrPort("[::ffff:10.0.0.5]:25"), false))
	require.Error(t, g.check(t.Context(), own, true))
	require.Error(t, g.check(t.Context(), netip.MustParseAddrPort("[::ffff:10.0.0.5]:3306"), true))
	require.Error(t, g.check(t.Context(), netip.MustParseAddrPort("192.168.0.1:25"), true))
}

// Names, spellings and redirects that lead to this machine do not reach it: not one connection arrives.
func TestGuard_NothingConnects(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { connections.Add(1) }))
	defer server.Close()
	port := server.Listener.Addr().String()[len("127.0.0.1"):]
	p := newPoster(Guard{}, nil, time.Now)
	for _, host := range []string{"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]"} {
		for _, scheme := range []string{"http://", "https://"} {
			f := failureOf(p.post(t.Context(), webhook{}, Secrets{URL: secret.New(scheme + host + port + "/")}, sample(t, Approved, "en")))
			require.Contains(t, []string{"refused_address", "unreachable"}, f.Code, host)
			require.NotContains(t, f.Answer, "refused by", host)
		}
	}
	require.Zero(t, connections.Load())
}
