// Package sqs stands in for a broker that Overmind never uses; see docs/adr/0003-machinery-as-doorbell.md.
package sqs

// SQS is the only name that machinery's config refers to.
type SQS struct{}
