package inventory_test

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"golang.org/x/net/dns/dnsmessage"

	"overmind/pkg/inventory"
)

func TestAddressPolicy_Resolve(t *testing.T) {
	t.Parallel()
	tens := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	own := []string{"10.1.1.1:3306", "127.0.0.1:3307", "[fd00::1]:6379"}
	for name, c := range map[string]struct {
		policy inventory.AddressPolicy
		host   string
		port   int
		code   string
	}{
		"Private":            {inventory.AddressPolicy{}, "10.2.3.4", 3306, ""},
		"PublicV6":           {inventory.AddressPolicy{}, "2001:db8::1", 3306, ""},
		"Loopback":           {inventory.AddressPolicy{}, "127.0.0.1", 3306, "host_not_allowed"},
		"LoopbackRange":      {inventory.AddressPolicy{}, "127.8.8.8", 3306, "host_not_allowed"},
		"LoopbackV6":         {inventory.AddressPolicy{}, "::1", 3306, "host_not_allowed"},
		"LoopbackMapped":     {inventory.AddressPolicy{}, "::ffff:127.0.0.1", 3306, "host_not_allowed"},
		"LoopbackNAT64":      {inventory.AddressPolicy{}, "64:ff9b::7f00:1", 3306, "host_not_allowed"},
		"LoopbackName":       {inventory.AddressPolicy{}, "localhost", 3306, "host_not_allowed"},
		"LoopbackAllowed":    {inventory.AddressPolicy{AllowLoopback: true}, "localhost", 3306, ""},
		"Everything":         {inventory.AddressPolicy{AllowLoopback: true}, "0.0.0.0", 3306, "host_not_allowed"},
		"EverythingV6":       {inventory.AddressPolicy{AllowLoopback: true}, "::", 3306, "host_not_allowed"},
		"Decimal":            {inventory.AddressPolicy{AllowLoopback: true}, "2130706433", 3306, "host_not_allowed"},
		"Hexadecimal":        {inventory.AddressPolicy{AllowLoopback: true}, "0x7f.1", 3306, "host_not_allowed"},
		"Octal":              {inventory.AddressPolicy{AllowLoopback: true}, "0177.0.0.1", 3306, "host_not_allowed"},
		"Short":              {inventory.AddressPolicy{AllowLoopback: true}, "127.1", 3306, "host_not_allowed"},
		"LinkLocal":          {inventory.AddressPolicy{}, "169.254.169.254", 3306, "host_not_allowed"},
		"LinkLocalMapped":    {inventory.AddressPolicy{}, "::ffff:169.254.169.254", 3306, "host_not_allowed"},
		"LinkLocal6to4":      {inventory.AddressPolicy{}, "2002:a9fe:a9fe::", 3306, "host_not_allowed"},
		"LinkLocalV6":        {inventory.AddressPolicy{}, "fe80::1", 3306, "host_not_allowed"},
		"MetadataAWSV6":      {inventory.AddressPolicy{}, "fd00:ec2::254", 3306, "host_not_allowed"},
		"MetadataAlibaba":    {inventory.AddressPolicy{}, "100.100.100.200", 3306, "host_not_allowed"},
		"Multicast":          {inventory.AddressPolicy{}, "224.0.0.1", 3306, "host_not_allowed"},
		"Broadcast":          {inventory.AddressPolicy{}, "255.255.255.255", 3306, "host_not_allowed"},
		"InsideTheNetworks":  {inventory.AddressPolicy{AllowedNetworks: tens}, "10.9.9.9", 3306, ""},
		"OutsideTheNetworks": {inventory.AddressPolicy{AllowedNetworks: tens}, "192.0.2.1", 3306, "host_not_allowed"},
		"OwnDatabase":        {inventory.AddressPolicy{Own: own}, "10.1.1.1", 3306, "host_not_allowed"},
		"OwnHostOtherPort":   {inventory.AddressPolicy{Own: own}, "10.1.1.1", 3307, ""},
		"OwnDatabaseByName":  {inventory.AddressPolicy{Own: own, AllowLoopback: true}, "localhost", 3307, "host_not_allowed"},
		"OwnDatabaseAnother": {inventory.AddressPolicy{Own: own, AllowLoopback: true}, "127.0.0.2", 3307, "host_not_allowed"},
		"LinkLocalSIIT":      {inventory.AddressPolicy{}, "::ffff:0:169.254.169.254", 3306, "host_not_allowed"},
		"LinkLocalOwnNAT64":  {inventory.AddressPolicy{}, "64:ff9b:1::169.254.169.254", 3306, "host_not_allowed"},
		"OwnRedis":           {inventory.AddressPolicy{Own: own}, "fd00::1", 6379, "host_not_allowed"},
		"Option":             {inventory.AddressPolicy{}, "-oProxyCommand=x", 3306, "host_syntax"},
		"Space":              {inventory.AddressPolicy{}, "evil --ssl-mode=DISABLED", 3306, "host_syntax"},
		"Path":               {inventory.AddressPolicy{}, "db.example.com/../x", 3306, "host_syntax"},
		"DSN":                {inventory.AddressPolicy{}, "h:3306)/x?allowAllFiles=true&a=(", 3306, "host_syntax"},
		"Socket":             {inventory.AddressPolicy{}, "/var/run/mysqld.sock", 3306, "host_syntax"},
		"Fragment":           {inventory.AddressPolicy{}, "h#", 3306, "host_syntax"},
		"PercentNul":         {inventory.AddressPolicy{}, "h%00", 3306, "host_syntax"},
		"Zone":               {inventory.AddressPolicy{}, "fe80::1%eth0", 3306, "host_syntax"},
		"Brackets":           {inventory.AddressPolicy{}, "[::1]", 3306, "host_syntax"},
		"Newline":            {inventory.AddressPolicy{}, "db.example.com\n", 3306, "host_syntax"},
		"DoesNotExist":       {inventory.AddressPolicy{}, "nowhere.invalid", 3306, "host_unresolvable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, err := c.policy.Resolve(t.Context(), c.host, c.port)
			if c.code == "" {
				require.NoError(t, err)
				require.True(t, address.IsValid())
				return
			}
			requireField(t, err, "host", c.code)
		})
	}
}

// Our database on this host is ours by every address of the host.
func TestAddressPolicy_OwnServerByAnotherAddress(t *testing.T) {
	t.Parallel()
	addresses, err := net.InterfaceAddrs()
	require.NoError(t, err)
	const port = 3307
	policy := inventory.AddressPolicy{AllowLoopback: true, Own: []string{net.JoinHostPort("localhost", strconv.Itoa(port))}}
	tried := 0
	for _, a := range addresses {
		address := netip.MustParsePrefix(a.String()).Addr()
		if address.IsLinkLocalUnicast() {
			continue
		}
		tried++
		_, err := policy.Resolve(t.Context(), address.String(), port)
		requireField(t, err, "host", "host_not_allowed")
	}
	require.Positive(t, tried)
}

// A name may be harmless when it is registered and resolve to something else a moment later, or to both at once.
func TestAddressPolicy_NamesThatPointToSeveralAddresses(t *testing.T) {
	t.Parallel()
	resolver := nameServer(t, map[string][]string{
		"mixed.example.com.": {"10.0.0.1", "169.254.169.254"},
		"good.example.com.":  {"10.0.0.1", "10.0.0.2"},
	})
	policy := inventory.AddressPolicy{Resolver: resolver}
	_, err := policy.Resolve(t.Context(), "mixed.example.com", 3306)
	requireField(t, err, "host", "host_not_allowed")
	_, err = policy.Resolve(t.Context(), "unknown.example.com", 3306)
	requireField(t, err, "host", "host_unresolvable")
	address, err := policy.Resolve(t.Context(), "good.example.com", 3306)
	require.NoError(t, err)
	require.Contains(t, []string{"10.0.0.1", "10.0.0.2"}, address.String())
}

// nameServer answers A queries from records on a port of its own.
func nameServer(t *testing.T, records map[string][]string) *net.Resolver {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buffer := make([]byte, 512); ; {
			n, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			if reply, err := answer(buffer[:n], records); err == nil {
				_, _ = socket.WriteTo(reply, from)
			}
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, socket.Close())
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

func answer(query []byte, records map[string][]string) ([]byte, error) {
	var message dnsmessage.Message
	if err := message.Unpack(query); err != nil {
		return nil, err
	}
	question := message.Questions[0]
	reply := dnsmessage.Message{Header: dnsmessage.Header{ID: message.ID, Response: true, Authoritative: true}, Questions: message.Questions}
	addresses, known := records[question.Name.String()]
	if !known {
		reply.RCode = dnsmessage.RCodeNameError
	}
	for _, address := range addresses {
		if question.Type == dnsmessage.TypeA {
			reply.Answers = append(reply.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class},
				Body:   &dnsmessage.AResource{A: netip.MustParseAddr(address).As4()}})
		}
	}
	return reply.Pack()
}
