// Package config reads what an operator may set: defaults, then a YAML file, then the environment.
package config

import (
	"net/netip"
	"time"

	"overmind/pkg/secret"
)

// Config is every setting. The environment name of a setting is its path in capitals with OVERMIND_ in front and _ for
// the dots (`database.tls_ca` is OVERMIND_DATABASE_TLS_CA); a secret may come from a file named by the same with _FILE.
type Config struct {
	Listen          string         `koanf:"listen"`       // host:port of the API and the pages
	ExternalURL     string         `koanf:"external_url"` // what people type into the browser; decides the cookie and the trusted origin
	TrustedProxies  []netip.Prefix `koanf:"trusted_proxies"`
	Database        Database       `koanf:"database"`
	RedisURL        secret.String  `koanf:"redis_url"` // redis:// or rediss://; empty: the queue lives in the process
	KeysFile        string         `koanf:"keys_file"` // made at the first start; all nodes share it
	Worker          Worker         `koanf:"worker"`
	Inventory       Inventory      `koanf:"inventory"`
	Notify          Notify         `koanf:"notify"`
	ClientDirs      []string       `koanf:"client_dirs"`       // where mysqldump and mysql are looked for, before PATH
	Retention       time.Duration  `koanf:"retention"`         // how long replaced tables are kept for undo
	OpenTicketLimit int            `koanf:"open_ticket_limit"` // open tickets a user may have
	TimeZone        string         `koanf:"time_zone"`         // IANA name; the days of statistics begin at its midnight, and messages tell its time
	Log             Log            `koanf:"log"`
	Metrics         Metrics        `koanf:"metrics"`
}

// Database is the metadata database. `database.url` (mysql://user@host:port/name, no password) sets four of these at once.
type Database struct {
	Host     string        `koanf:"host"`
	Port     int           `koanf:"port"`
	User     string        `koanf:"user"`
	Password secret.String `koanf:"password"`
	Name     string        `koanf:"name"`
	TLS      string        `koanf:"tls"`    // off, preferred, required, verify-ca, verify-full
	TLSCA    string        `koanf:"tls_ca"` // path of a PEM file
}

// Worker is the part of a process that copies.
type Worker struct {
	Enabled bool     `koanf:"enabled"`
	Groups  []string `koanf:"groups"` // which instances' tickets it takes
	Slots   int      `koanf:"slots"`  // copies at the same time
}

// Inventory limits what may be registered as a database server.
type Inventory struct {
	AllowLoopback   bool           `koanf:"allow_loopback"`
	AllowedNetworks []netip.Prefix `koanf:"allowed_networks"` // empty: every network but the always forbidden ones
}

// Notify is about the messages to people.
type Notify struct {
	AllowedNetworks []netip.Prefix `koanf:"allowed_networks"` // of one's own that messages may go to; empty: public addresses only
	Reminder        time.Duration  `koanf:"reminder"`         // a ticket may wait for review, or for a worker, before people are reminded; 0: never
	Escalation      time.Duration  `koanf:"escalation"`       // and before the requester and all reviewers are told; 0: never
}

// Log is how the program logs to stderr.
type Log struct {
	Level  string `koanf:"level"`  // debug, info, warn, error
	Format string `koanf:"format"` // json, text
}

// Metrics is how a scraper reads /metrics: on an address of its own, where no sign-in is asked for, or on the API's with
// Token as bearer. Staff may read the API's in any case.
type Metrics struct {
	Listen string        `koanf:"listen"`
	Token  secret.String `koanf:"token"`
}

// Default is the configuration of an installation that sets nothing; only the database is missing in it.
func Default() Config {
	return Config{
		Listen:          ":8080",
		ExternalURL:     "http://localhost:8080",
		Database:        Database{Port: 3306, Name: "overmind", User: "overmind", TLS: "preferred"},
		KeysFile:        "/var/lib/overmind/keys.json",
		Worker:          Worker{Enabled: true, Groups: []string{"default"}, Slots: 2},
		Notify:          Notify{Reminder: 4 * time.Hour, Escalation: 24 * time.Hour},
		Retention:       24 * time.Hour,
		OpenTicketLimit: 200,
		TimeZone:        "UTC",
		Log:             Log{Level: "info", Format: "json"},
	}
}
