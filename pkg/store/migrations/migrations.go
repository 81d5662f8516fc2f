// Package migrations holds the schema of the metadata database. Every statement can be repeated: DDL commits at once
// on MySQL, so a migration that was killed half-way is simply run again.
package migrations

import "embed"

// Files are the goose migrations.
//
//go:embed *.sql
var Files embed.FS
