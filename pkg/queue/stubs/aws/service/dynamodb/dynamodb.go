// Package dynamodb stands in for a backend that Overmind never uses; see docs/adr/0003-machinery-as-doorbell.md.
package dynamodb

// DynamoDB is the only name that machinery's config refers to.
type DynamoDB struct{}
