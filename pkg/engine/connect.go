package engine

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"

	"overmind/pkg/fault"
)

const (
	dialTimeout  = 10 * time.Second
	lockPatience = 50 * time.Second // of a session that nobody has to wait behind
)

// ourCharset comes before everything else: a server may ignore what a session asks for when it connects
// (skip-character-set-client-handshake), and set another one afterwards (init_connect).
const ourCharset = "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci"

// ourMode is what a definition that is made on the target changes besides.
const ourMode = "SET SESSION sql_mode='NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION', time_zone='+00:00', autocommit=1"

// sessionSettings pin what decides the meaning of our statements, whatever the server's defaults are. A session may wait
// as long as a server lets it: that of the lock, and those that build keys, do so while rows move.
var sessionSettings = []string{
	ourCharset,
	ourMode,
	"SET SESSION sql_quote_show_create=1, foreign_key_checks=0, net_read_timeout=3600, net_write_timeout=3600, wait_timeout=31536000",
	"SET SESSION sql_select_limit=18446744073709551615, completion_type=0, unique_checks=1",
	"SET SESSION innodb_lock_wait_timeout=50, lock_wait_timeout=" + strconv.Itoa(int(lockPatience/time.Second)),
}

// optionalSettings exist on some servers only, or need a privilege that the account may lack.
var optionalSettings = []string{
	"SET SESSION innodb_strict_mode=0",
	"SET SESSION max_execution_time=0",
	"SET SESSION max_statement_time=0",
	"SET SESSION information_schema_stats_expiry=0",
	"SET SESSION sql_require_primary_key=0",
	"SET SESSION sql_generate_invisible_primary_key=0",
	"SET SESSION show_gipk_in_create_table_and_information_schema=1",
	"SET SESSION explicit_defaults_for_timestamp=1", // without it a TIMESTAMP that has no default gets one
	"SET SESSION restrict_fk_on_non_standard_key=0",
	"SET SESSION idle_transaction_timeout=0, idle_readonly_transaction_timeout=0, idle_write_transaction_timeout=0",
	"SET SESSION max_heap_table_size=18446744073709551615", // that of the session that makes a table is the table's
	"SET SESSION check_constraint_checks=0",                // rows that the source has are taken, whatever a CHECK says
}

// connector opens sessions with our settings applied before anybody can use them.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	exec, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("driver cannot execute"), conn.Close())
	}
	for i, statement := range append(sessionSettings[:len(sessionSettings):len(sessionSettings)], optionalSettings...) {
		_, err := exec.ExecContext(ctx, statement, nil)
		if err != nil && (i < len(sessionSettings) || !ServerSaid(err, 1193, 1227, 1238)) {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

// open prepares a pool of sessions on one server; nothing is connected yet.
func open(at Endpoint) (*sql.DB, error) {
	base, err := baseConnector(at)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector{base})
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(4)
	return db, nil
}

// OpenUnset is for seeing what a server makes of sessions of which nothing is set, as client programs open them.
func OpenUnset(at Endpoint) (*sql.DB, error) {
	base, err := baseConnector(at)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(base), nil
}

func baseConnector(at Endpoint) (driver.Connector, error) {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd = at.User, at.Password.Reveal()
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort(at.dialHost(), strconv.Itoa(at.Port))
	cfg.Timeout = dialTimeout
	cfg.InterpolateParams = true
	cfg.Logger = &mysql.NopLogger{}
	cfg.MaxAllowedPacket = 0 // the server's: it ends a session that sends more, and may not get to say why
	cfg.ConnectionAttributes = "program_name:overmind"
	tlsConfig, err := at.tlsConfig()
	if err != nil {
		return nil, err
	}
	cfg.TLS = tlsConfig
	cfg.AllowFallbackToPlaintext = at.TLS == TLSPreferred || at.TLS == ""
	base, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "unreachable", "The connection settings for %s are not usable.", at.label())
	}
	return base, nil
}

// connect opens a pool and proves with one session that it works.
func connect(ctx context.Context, at Endpoint) (*sql.DB, error) {
	db, err := open(at)
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(connectionFault(err, at), db.Close())
	}
	return db, nil
}

func (at Endpoint) dialHost() string {
	if at.Address != "" {
		return at.Address
	}
	return at.Host
}

func (at Endpoint) label() string { return net.JoinHostPort(at.Host, strconv.Itoa(at.Port)) }

// connectionFault says in words why a connection failed.
func connectionFault(err error, at Endpoint) error {
	var (
		known  *fault.Error
		record tls.RecordHeaderError
		verify *tls.CertificateVerificationError
		alert  tls.AlertError
		dns    *net.DNSError
		dial   net.Error
	)
	where := at.label()
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled):
		return fault.Wrap(err, fault.Unavailable, "cancelled", "Cancelled while connecting to %s.", where)
	case ServerSaid(err, 1045, 1698, 1524, 1251):
		return fault.Wrap(err, fault.Invalid, "auth_failed", "%s refuses user %q: wrong password, or the account does not exist for this client's address.", where, at.User)
	case ServerSaid(err, 1129, 1130):
		return fault.Wrap(err, fault.Invalid, "auth_failed", "%s does not accept connections from this host for user %q.", where, at.User)
	case ServerSaid(err, 1040, 1203, 1226):
		return fault.Wrap(err, fault.Unavailable, "too_many_connections", "%s has no free connection for user %q.", where, at.User)
	case ServerSaid(err, 1044, 1049):
		return fault.Wrap(err, fault.Invalid, "unknown_database", "The database does not exist on %s or user %q may not use it.", where, at.User)
	case errors.Is(err, mysql.ErrNoTLS):
		return fault.Wrap(err, fault.Invalid, "tls_failed", "%s does not offer TLS, which is required.", where)
	case errors.As(err, &verify), errors.As(err, &record), errors.As(err, &alert):
		return fault.Wrap(err, fault.Invalid, "tls_failed", "The TLS connection to %s failed: its certificate is not accepted.", where)
	case noCommonTLS(err):
		return fault.Wrap(err, fault.Invalid, "tls_failed", "The TLS connection to %s failed (%s). If the server offers only old TLS, set TLS to preferred or off, or upgrade the server.", where, err)
	case errors.Is(err, mysql.ErrCleartextPassword), errors.Is(err, mysql.ErrNativePassword), errors.Is(err, mysql.ErrOldPassword), errors.Is(err, mysql.ErrUnknownPlugin):
		return fault.Wrap(err, fault.Invalid, "auth_failed", "%s wants a way of signing in for user %q that is not supported.", where, at.User)
	case errors.As(err, &dns):
		return fault.Wrap(err, fault.Unavailable, "unreachable", "The host name of %s cannot be resolved.", where)
	case errors.As(err, &dial), lost(err):
		return fault.Wrap(err, fault.Unavailable, "unreachable", "%s cannot be reached.", where)
	}
	return fault.Wrap(err, fault.Unavailable, "unreachable", "%s does not let us work: %s", where, serverText(err))
}

// ServerSaid tells whether err is a server's error with one of these numbers.
func ServerSaid(err error, numbers ...uint16) bool {
	var said *mysql.MySQLError
	if !errors.As(err, &said) {
		return false
	}
	for _, n := range numbers {
		if said.Number == n {
			return true
		}
	}
	return false
}

// serverText is the server's own message without row data: nothing after its first quoted value.
func serverText(err error) string {
	var said *mysql.MySQLError
	if !errors.As(err, &said) {
		return err.Error()
	}
	if ServerSaid(err, 1062, 1264, 1265, 1292, 1366, 1406, 1586) {
		return "error " + strconv.Itoa(int(said.Number))
	}
	return said.Message
}

// lost tells whether err means that the session is gone.
func lost(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, sql.ErrConnDone) || errors.As(err, &network) ||
		ServerSaid(err, 1053, 1317, 1927, 2006, 2013, 3169)
}

// errDiscard makes database/sql drop a session instead of reusing it.
var errDiscard = driver.ErrBadConn
