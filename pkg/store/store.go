// Package store keeps everything in MySQL or MariaDB. It is the only package that imports GORM, and every change it
// writes carries its event and its audit row in the same transaction.
package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

// Options say where the metadata database is. TLS is off, preferred (the default), required, verify-ca or verify-full;
// TLSCA is PEM. KeepOld is how long a replaced schema stays on its server; 0 means 24 hours.
type Options struct {
	Host     string
	Port     int
	User     string
	Password secret.String
	Database string
	TLS      string
	TLSCA    string
	KeepOld  time.Duration
}

// Store is the metadata database.
type Store struct {
	db        *gorm.DB
	pool      *sql.DB
	keepOld   time.Duration
	committed chan struct{}
}

const (
	maxConnections = 32
	idleTime       = 5 * time.Minute
	// Middleboxes drop long-lived connections silently; a bounded life also spreads load after a failover.
	connectionLife = 30 * time.Minute
	sqlMode        = "'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
)

// Open connects and checks the server's version. The schema may be absent or old: see Migrate and MigrateStatus.
// Unavailable `database_unreachable` and `database_unsupported` are the errors to expect.
func Open(ctx context.Context, o Options) (*Store, error) {
	config, err := driverConfig(o)
	if err != nil {
		return nil, err
	}
	inner, err := mysql.NewConnector(config)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "database_options", "The database options are not valid.")
	}
	pool := sql.OpenDB(connector{inner})
	pool.SetMaxOpenConns(maxConnections)
	pool.SetMaxIdleConns(maxConnections)
	pool.SetConnMaxIdleTime(idleTime)
	pool.SetConnMaxLifetime(connectionLife)
	if err := checkServer(ctx, pool); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	db, err := gorm.Open(gormmysql.New(gormmysql.Config{Conn: pool, SkipInitializeWithVersion: true}), &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		Logger:                 logger.Discard,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: open gorm: %w", err), pool.Close())
	}
	keepOld := o.KeepOld
	if keepOld == 0 {
		keepOld = 24 * time.Hour
	}
	return &Store{db: db, pool: pool, keepOld: keepOld, committed: make(chan struct{}, 1)}, nil
}

// Close closes every connection.
func (s *Store) Close() error { return s.pool.Close() }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.pool.PingContext(ctx) }

// Committed receives after commits that wrote events, so that the relay need not wait for its next round.
func (s *Store) Committed() <-chan struct{} { return s.committed }

func driverConfig(o Options) (*mysql.Config, error) {
	c := mysql.NewConfig()
	c.Net = "tcp"
	c.Addr = net.JoinHostPort(o.Host, strconv.Itoa(o.Port))
	c.User = o.User
	c.Passwd = o.Password.Reveal()
	c.DBName = o.Database
	c.ParseTime = true
	c.Loc = time.UTC
	c.ClientFoundRows = true
	// Saves two round trips a query; safe because the connection's character set is utf8mb4.
	c.InterpolateParams = true
	c.Timeout = 10 * time.Second
	c.ReadTimeout = 60 * time.Second
	c.WriteTimeout = 60 * time.Second
	// Reading two indexes to their ends and intersecting them is never faster than one that is in the order of the page.
	c.Params = map[string]string{"time_zone": "'+00:00'", "sql_mode": sqlMode, "optimizer_switch": "'index_merge=off'"}
	c.Logger = &mysql.NopLogger{}
	if err := c.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, fmt.Errorf("store: charset: %w", err)
	}
	return c, applyTLS(c, o)
}

func applyTLS(c *mysql.Config, o Options) error {
	switch o.TLS {
	case "off":
		return nil
	case "", "preferred":
		c.TLSConfig = "preferred"
		return nil
	case "required":
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} // encrypted, identity not asked for
		return nil
	case "verify-ca", "verify-full":
	default:
		return fault.OnField("database.tls", "unknown_value", "TLS must be off, preferred, required, verify-ca or verify-full.")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(o.TLSCA)) {
		return fault.OnField("database.tls_ca", "not_pem", "The CA must be a certificate in PEM form.")
	}
	c.TLS = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: o.Host}
	if o.TLS == "verify-ca" {
		c.TLS.InsecureSkipVerify = true // the chain is verified below, the name is not
		c.TLS.VerifyConnection = func(state tls.ConnectionState) error {
			between := x509.NewCertPool()
			for _, cert := range state.PeerCertificates[1:] {
				between.AddCert(cert)
			}
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
			return err
		}
	}
	return nil
}

// connector sets the isolation level of every new connection: MySQL and MariaDB name the variable differently, the
// statement is common to both.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	_, err = conn.(driver.ExecerContext).ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
