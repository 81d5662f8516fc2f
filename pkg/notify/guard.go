package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Guard decides which addresses messages may be sent to. It is asked with the address that is really connected to, so
// that a name cannot lead elsewhere than it did when it was entered.
type Guard struct {
	// Allowed are networks of one's own that may be reached; without it only public addresses may, and only encrypted.
	Allowed []netip.Prefix
	// Never gives a reason why an address is out of the question, as Overmind's own database is; empty is none.
	Never func(ctx context.Context, at netip.AddrPort) string
}

// special are the networks that are not public, beside those that net/netip knows.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
	"2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10")

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func within(address netip.Addr, networks []netip.Prefix) bool {
	for _, network := range networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

var (
	errNotAllowed = errors.New("the address is not public and not in notify.allowed_networks")
	errNotSecret  = errors.New("without encryption only addresses in notify.allowed_networks may be reached")
)

// check refuses at, or lets it be connected to.
func (g Guard) check(ctx context.Context, at netip.AddrPort, encrypted bool) error {
	address := at.Addr().Unmap()
	if g.Never != nil {
		if reason := g.Never(ctx, netip.AddrPortFrom(address, at.Port())); reason != "" {
			return fmt.Errorf("the address may not be used: %s", reason)
		}
	}
	if within(address, g.Allowed) {
		return nil
	}
	if !address.IsGlobalUnicast() || address.IsPrivate() || address.Zone() != "" || within(address, special) {
		return errNotAllowed
	}
	if !encrypted {
		return errNotSecret
	}
	return nil
}

// refusedAddress marks an error of the guard among those of connecting.
type refusedAddress struct{ error }

func (r refusedAddress) Unwrap() error { return r.error }

// dialer connects only where the guard allows it.
func (g Guard) dialer(encrypted bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{Timeout: 10 * time.Second}
	d.ControlContext = func(ctx context.Context, network, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err == nil {
			err = g.check(ctx, at, encrypted)
		}
		if err != nil {
			return refusedAddress{err}
		}
		return nil
	}
	return d.DialContext
}

// dialFailure says what went wrong on the way to a server, without its address.
func dialFailure(err error) *Failure {
	var refused refusedAddress
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &refused):
		return &Failure{Code: "refused_address", Answer: refused.Error()}
	case errors.As(err, &dns):
		return &Failure{Code: "unreachable", Answer: "the name cannot be resolved"}
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		return &Failure{Code: "unreachable", Answer: "no answer in time"}
	case errors.As(err, &op):
		return &Failure{Code: "unreachable", Answer: op.Err.Error()}
	}
	return &Failure{Code: "unreachable", Answer: err.Error()}
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
