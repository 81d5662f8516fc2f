// Package mongo stands in for a backend that Overmind never uses; see docs/adr/0003-machinery-as-doorbell.md.
package mongo

// Client is the only name that machinery's config refers to.
type Client struct{}
