// Package inventory keeps environments and database servers. Every other function refers to a server by its id; the
// accounts on it never leave this package except as an endpoint for a connection.
package inventory

import (
	"time"

	"overmind/pkg/engine"
	"overmind/pkg/secret"
)

// Environment groups instances by risk.
type Environment struct {
	ID                int64
	Name              string
	Color             string // #rrggbb
	Rank              int    // higher = closer to production
	Protected         bool
	MayBeSource       bool
	MayBeTarget       bool
	AllowSelfApproval bool // refused when protected
	Version           int
}

// Role tells the two accounts of an instance apart.
type Role string

// The roles: the read account is used where the instance is a source, the load account where it is a target.
const (
	Read Role = "read"
	Load Role = "load"
)

// The values of an instance's Health.
const (
	HealthUnknown = "unknown"
	HealthUp      = "up"
	HealthDown    = "down"
)

// Account is one account on an instance; its password is write-only.
type Account struct {
	User        string
	HasPassword bool
}

// Instance is one database server. ConnectionVersion grows when host, port, user, TLS or environment change; that makes
// approvals that name the old one stale.
type Instance struct {
	ID                int64
	Name              string
	EnvironmentID     int64
	Host              string
	Port              int
	Flavour           engine.Flavour // detected
	ServerVersion     string         // detected
	Fingerprint       string         // detected
	TLS               engine.TLSMode
	TLSCA             string
	ReadAccount       Account
	LoadAccount       Account
	Labels            map[string]string
	Owner             string
	WorkerGroup       string
	Disabled          bool
	Limits            Limits
	Version           int // for optimistic updates
	ConnectionVersion int
	Health            string // unknown, up, down
	HealthMessage     string
	HealthAt          time.Time
	CreatedAt         time.Time
	UpdatedAt         time.Time
}

// Limits bound what all copies together take from an instance. 0 is no bound, except for Connections.
type Limits struct {
	Connections        int `json:"connections"`
	MegabytesPerSecond int `json:"megabytes_per_second"`
	ThreadsRunning     int `json:"threads_running"` // copies pause while more statements of others run
	LagSeconds         int `json:"lag_seconds"`     // copies pause while the instance is a replica that is further behind
}

// DefaultLimits leave room for three copies at full width.
var DefaultLimits = Limits{Connections: 48}

// Passwords are given at creation, and again with every change of host, port, user or TLS of their account:
// such a change without them blanks the stored ones.
type Passwords struct {
	Read secret.String
	Load secret.String
}

// TestResult is what a connection test found, in words.
type TestResult struct {
	Role    Role
	OK      bool
	Code    string // ok, grants_missing, unreachable, auth_failed, tls_failed, …
	Message engine.Text
	Server  engine.Server
	Missing []string // GRANT statements still needed, whatever is copied
}

// EnvironmentPatch changes what is not nil.
type EnvironmentPatch struct {
	Name              *string
	Color             *string
	Rank              *int
	Protected         *bool
	MayBeSource       *bool
	MayBeTarget       *bool
	AllowSelfApproval *bool
}

// InstancePatch changes what is not nil.
type InstancePatch struct {
	Name          *string
	EnvironmentID *int64
	Host          *string
	Port          *int
	TLS           *engine.TLSMode
	TLSCA         *string
	ReadUser      *string
	LoadUser      *string
	Labels        *map[string]string
	Owner         *string
	WorkerGroup   *string
	Disabled      *bool
	Limits        *Limits
}

// Filter narrows a list of instances; zero values do not narrow.
type Filter struct {
	EnvironmentID int64
	Query         string // part of the name or host
}
