package engine

import (
	"context"
	"database/sql"

	"overmind/pkg/engine/pipe"
)

const (
	strictMode = "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION"
	// relaxedMode is for what strict mode refuses although it is stored as it was: the error value of an ENUM, generated
	// columns that MariaDB's dump names, and rows of which a CHECK warns, where the types are the same.
	relaxedMode = "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION"

	// commitBytes is SQL between two commits: enough to spare the server most of its flushes, far below the limits that
	// clusters set to a transaction.
	commitBytes = 16 << 20
)

// pump moves the rows of all tables with the client programs.
func (r *run) pump(ctx context.Context, loaded func(table int)) error {
	dump, err := r.clients.Dump(ctx, r.report.Source.Flavour == MariaDB)
	if err != nil {
		return err
	}
	client, err := r.clients.Load(ctx, r.report.Target.Flavour == MariaDB)
	if err != nil {
		return err
	}
	r.report.Tools["dump"], r.report.Tools["load"] = dump.Version, client.Version
	job := &pipe.Job{
		DumpTool: dump, LoadTool: client,
		Database: r.spec.SourceDatabase, Schema: r.names.Staging,
		CommitBytes: commitBytes, OnLoaded: loaded, Gate: r.gate.pass,
	}
	if job.Source, err = clientEndpoint(ctx, r.spec.Source, r.source); err != nil {
		return err
	}
	if job.Target, err = clientEndpoint(ctx, r.spec.Target, r.target); err != nil {
		return err
	}
	if job.Listed, err = column(ctx, r.source, "SHOW TABLES FROM "+Ident(r.spec.SourceDatabase)); err != nil {
		return err
	}
	job.Setup = loadSetup(r.report.Target)
	for _, t := range r.tables {
		mode := strictMode
		if t.ddl.mode.enum || t.ddl.mode.generated || t.ddl.mode.checked && r.translation.same() {
			mode = relaxedMode
		}
		t.rows.Transactional = t.ddl.mode.innodb
		t.rows.Setup = "SET SESSION sql_mode='" + mode + "'"
		job.Tables = append(job.Tables, t.rows)
	}
	mark, err := session(ctx, r.source, func(context.Context, Session) error { return nil })
	if err != nil {
		return err
	}
	defer mark.Close()
	var newest uint64
	if err := mark.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&newest); err != nil {
		return err
	}
	job.OnLoad = func(id uint64) error { return r.sessions.target(ctx, Session{ID: id}) }
	job.OnDump = func(port int) {
		if dump, ok := sessionByPort(ctx, r.source, r.spec.Source.User, port, newest); ok {
			if err := r.sessions.source(ctx, dump); err != nil {
				r.log.Warn("record source session", "error", err)
			}
		}
	}
	dumps, err := r.openDumps(ctx, job)
	if err != nil {
		return err
	}
	return dumps.Run(ctx)
}

// loadSetup are the statements that begin a load session. unique_checks stays on: with it off MariaDB sorts the rows
// of an empty table in a temporary file, which costs twice the work where they come in the order of the primary key.
func loadSetup(target Server) []string {
	setup := []string{
		ourCharset,
		"SET SESSION time_zone='+00:00', foreign_key_checks=0, unique_checks=1, autocommit=0, sql_mode='" + strictMode + "'",
		"SET SESSION net_read_timeout=3600, net_write_timeout=3600, wait_timeout=31536000",
	}
	if target.Flavour == MariaDB {
		setup = append(setup, "SET SESSION max_statement_time=0, check_constraint_checks=0",
			"SET SESSION idle_transaction_timeout=0, idle_readonly_transaction_timeout=0, idle_write_transaction_timeout=0")
	}
	return setup
}

// clientEndpoint is an endpoint as the client programs need it. They have no "preferred", so what our own session got
// decides, where they have it too: none of them speaks what came before TLS 1.2. With a checked certificate they are given
// the name, else the checked address.
func clientEndpoint(ctx context.Context, at Endpoint, db *sql.DB) (pipe.Endpoint, error) {
	c := pipe.Endpoint{Host: at.dialHost(), Port: at.Port, User: at.User, Password: at.Password, CA: at.TLSCA}
	switch at.TLS {
	case TLSOff:
		c.TLS = pipe.TLSNone
	case TLSRequired:
		c.TLS = pipe.TLSEncrypt
	case TLSVerifyCA:
		c.TLS, c.Host = pipe.TLSVerifyCA, at.Host
	case TLSVerifyFull:
		c.TLS, c.Host = pipe.TLSVerifyName, at.Host
	default:
		var name, version string
		if err := db.QueryRowContext(ctx, "SHOW SESSION STATUS LIKE 'Ssl_version'").Scan(&name, &version); err != nil {
			return c, err
		}
		if version == "TLSv1.2" || version == "TLSv1.3" {
			c.TLS = pipe.TLSEncrypt
		}
	}
	return c, nil
}
