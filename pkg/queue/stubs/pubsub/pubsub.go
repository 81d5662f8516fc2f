// Package pubsub stands in for a broker that Overmind never uses; see docs/adr/0003-machinery-as-doorbell.md.
package pubsub

// Client is the only name that machinery's config refers to.
type Client struct{}
