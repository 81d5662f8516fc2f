// Package engine copies MySQL and MariaDB databases between servers. It knows nothing of tickets, users or queues:
// it takes a Spec, checks it (Preflight), and copies it (Copy) into a staging schema that replaces the target in one
// RENAME TABLE. Whoever calls it decides when it may pass the commit point and keeps the intent for recovery.
package engine

import "overmind/pkg/secret"

// Flavour is the family a server belongs to; it decides syntax, clients and defaults.
type Flavour string

// The flavours.
const (
	MySQL   Flavour = "mysql"
	MariaDB Flavour = "mariadb"
)

// TLSMode has the meaning of MySQL's --ssl-mode.
type TLSMode string

// The TLS modes; Preferred is the default.
const (
	TLSOff        TLSMode = "off"
	TLSPreferred  TLSMode = "preferred"
	TLSRequired   TLSMode = "required"
	TLSVerifyCA   TLSMode = "verify-ca"
	TLSVerifyFull TLSMode = "verify-full"
)

// Endpoint is one server and the account used on it. Address is the checked IP to connect to; when empty, Host is
// resolved. With verify-full the certificate is checked against Host.
type Endpoint struct {
	Host     string
	Address  string
	Port     int
	User     string
	Password secret.String
	TLS      TLSMode
	TLSCA    string // PEM, may be empty
}

// Content is what is copied of each table.
type Content string

// IfExists is what happens where an object of that name exists on the target.
type IfExists string

// Executor moves the rows of tables.
type Executor string

// The values of a Spec's choices.
const (
	StructureAndData Content = "structure+data"
	StructureOnly    Content = "structure"

	Refuse  IfExists = "refuse"
	Replace IfExists = "replace"

	ExecutorAuto   Executor = "auto"
	ExecutorNative Executor = "native"
	ExecutorPipe   Executor = "pipe"
)

// Spec is what is to be copied. Tables empty means the whole database with its views, triggers, routines and events;
// otherwise those tables with their triggers, and a view only if it is named.
type Spec struct {
	Source, Target                 Endpoint
	SourceDatabase, TargetDatabase string
	Tables                         []string
	Content                        Content
	IfExists                       IfExists
	Executor                       Executor
	Parallel                       int // 0 = the engine decides
	Limits                         Limits
}
