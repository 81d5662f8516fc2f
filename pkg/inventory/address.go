package inventory

import (
	"context"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"overmind/pkg/fault"
)

// AddressPolicy says which addresses instances may have.
type AddressPolicy struct {
	AllowLoopback   bool
	AllowedNetworks []netip.Prefix // empty: every network that is not refused anyway
	Own             []string       // host:port of the metadata database and of Redis, never an instance
	Resolver        *net.Resolver  // nil: the system's
}

const lookupTime = 5 * time.Second

// metadata are the addresses of cloud services that hand out credentials, beside the link-local ones.
var metadata = []netip.Prefix{
	netip.MustParsePrefix("100.100.100.200/32"), // Alibaba Cloud
	netip.MustParsePrefix("168.63.129.16/32"),   // Azure
	netip.MustParsePrefix("192.0.0.192/32"),     // Oracle Cloud
	netip.MustParsePrefix("fd00:ec2::/32"),      // AWS
	netip.MustParsePrefix("fd20:ce::254/128"),   // Google Cloud
}

// embedding are the networks whose addresses carry an IPv4 address, and at which byte.
var embedding = map[netip.Prefix]int{
	netip.MustParsePrefix("64:ff9b::/96"):    12, // NAT64
	netip.MustParsePrefix("64:ff9b:1::/48"):  12, // NAT64 of one's own
	netip.MustParsePrefix("::ffff:0:0:0/96"): 12, // IPv4-translated
	netip.MustParsePrefix("2002::/16"):       2,  // 6to4
	netip.MustParsePrefix("::/96"):           12, // IPv4-compatible
}

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

var thisNetwork = netip.MustParsePrefix("0.0.0.0/8")

// Resolve looks host up once and gives the address to connect to, which the caller pins. It fails with Invalid on field
// `host`: `host_syntax`, `host_unresolvable`, or `host_not_allowed` when any of the addresses is one that instances may
// not have.
func (p AddressPolicy) Resolve(ctx context.Context, host string, port int) (netip.Addr, error) {
	if err := checkHost(host); err != nil {
		return netip.Addr{}, err
	}
	addresses, err := p.lookup(ctx, host)
	if err != nil || len(addresses) == 0 {
		return netip.Addr{}, unresolvable(host, err)
	}
	own := p.own(ctx)
	for _, address := range addresses {
		if reason := p.refuses(netip.AddrPortFrom(address, uint16(port)), own); reason != "" {
			return netip.Addr{}, fault.OnField("host", "host_not_allowed", "%s cannot be used: %s", host, reason)
		}
	}
	return addresses[0], nil
}

func unresolvable(host string, cause error) error {
	e := fault.OnField("host", "host_unresolvable", "The name %s cannot be resolved from Overmind's host. Check the spelling and the DNS.", host)
	e.Cause = cause
	return e
}

func (p AddressPolicy) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address.Unmap()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	found, err := p.Resolver.LookupNetIP(ctx, "ip", host)
	for i := range found {
		found[i] = found[i].Unmap()
	}
	return found, err
}

// Refuses gives the reason why at may not be used, or nothing.
func (p AddressPolicy) Refuses(ctx context.Context, at netip.AddrPort) string {
	return p.refuses(at, p.own(ctx))
}

// refuses gives the reason why at may not be an instance, or nothing.
func (p AddressPolicy) refuses(at netip.AddrPort, own map[netip.AddrPort]bool) string {
	address := at.Addr()
	if inner, ok := embedded(address); ok {
		if reason := p.refuses(netip.AddrPortFrom(inner, at.Port()), own); reason != "" {
			return reason
		}
	}
	if address.IsLoopback() { // every one of them may lead to a server that is here
		at = netip.AddrPortFrom(loopback, at.Port())
	}
	switch {
	case address.IsUnspecified() || thisNetwork.Contains(address):
		return "it means every address."
	case address.IsMulticast() || address == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "it is not one server."
	case address.IsLinkLocalUnicast() || within(address, metadata):
		return "it is a link-local or cloud metadata address."
	case own[at]:
		return "it is Overmind's own database or queue."
	case address.IsLoopback() && !p.AllowLoopback:
		return "it is Overmind's own host. inventory.allow_loopback allows that, for trying things out."
	case !address.IsLoopback() && len(p.AllowedNetworks) > 0 && !within(address, p.AllowedNetworks):
		return "it is outside of inventory.allowed_networks."
	}
	return ""
}

func within(address netip.Addr, networks []netip.Prefix) bool {
	for _, network := range networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

func embedded(address netip.Addr) (netip.Addr, bool) {
	if address.Is4() || address.IsLoopback() || address.IsUnspecified() {
		return netip.Addr{}, false
	}
	bytes := address.As16()
	for network, at := range embedding {
		if network.Contains(address) {
			return netip.AddrFrom4([4]byte(bytes[at : at+4])), true
		}
	}
	return netip.Addr{}, false
}

// own are the addresses of Overmind's own servers. One on this host can be reached by each of the host's addresses.
// What cannot be resolved now cannot be connected to either.
func (p AddressPolicy) own(ctx context.Context) map[netip.AddrPort]bool {
	found := map[netip.AddrPort]bool{}
	for _, hostPort := range p.Own {
		host, portText, err := net.SplitHostPort(hostPort)
		if err != nil {
			continue
		}
		port, err := strconv.ParseUint(portText, 10, 16)
		if err != nil {
			continue
		}
		addresses, _ := p.lookup(ctx, host)
		here := interfaces()
		for _, address := range addresses {
			found[netip.AddrPortFrom(address, uint16(port))] = true
			if address.IsLoopback() || within(address, here) {
				found[netip.AddrPortFrom(loopback, uint16(port))] = true
				for _, local := range here {
					found[netip.AddrPortFrom(local.Addr(), uint16(port))] = true
				}
			}
		}
	}
	return found
}

// interfaces are this host's own addresses.
func interfaces() []netip.Prefix {
	var found []netip.Prefix
	addresses, _ := net.InterfaceAddrs() // without them only the written address is refused
	for _, address := range addresses {
		if network, err := netip.ParsePrefix(address.String()); err == nil {
			local := network.Addr().Unmap()
			found = append(found, netip.PrefixFrom(local, local.BitLen()))
		}
	}
	return found
}

var (
	hostLabel = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)
	// Resolvers read these as IPv4 addresses in decimal, octal or hexadecimal.
	numberLabel = regexp.MustCompile(`^(0[xX][0-9A-Fa-f]*|[0-9]+)$`)
)

// checkHost takes a DNS name or an IP address in its usual form, and nothing else.
func checkHost(host string) *fault.Error {
	syntax := fault.OnField("host", "host_syntax", "The host is a DNS name or an IP address, without a port or a path.")
	if address, err := netip.ParseAddr(host); err == nil {
		if address.Zone() != "" {
			return syntax
		}
		return nil
	}
	if len(host) == 0 || len(host) > 253 {
		return syntax
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if !hostLabel.MatchString(label) {
			return syntax
		}
	}
	if numberLabel.MatchString(labels[len(labels)-1]) {
		return fault.OnField("host", "host_not_allowed", "Write an IP address as four numbers with dots.")
	}
	return nil
}
