package inventory

import "net/netip"

// AddressPolicy says which addresses instances may have.
type AddressPolicy struct {
	AllowLoopback   bool
	AllowedNetworks []netip.Prefix // empty: every network that is not refused anyway
	Own             []string       // host:port of the metadata database and of Redis, never an instance
}
