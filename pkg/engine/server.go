package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"overmind/pkg/fault"
)

// systemSchemas are never copied and never listed.
var systemSchemas = map[string]bool{
	"mysql": true, "information_schema": true, "performance_schema": true, "sys": true, "ndbinfo": true,
}

// IsSystemSchema tells whether a schema belongs to the server itself, in whatever case it is written.
func IsSystemSchema(name string) bool { return systemSchemas[strings.ToLower(name)] }

// Probe connects and says what is there. Fault codes: unreachable, auth_failed, tls_failed, too_many_connections.
func (e *Engine) Probe(ctx context.Context, at Endpoint) (Server, error) {
	db, err := connect(ctx, at)
	if err != nil {
		return Server{}, err
	}
	defer db.Close()
	server, err := identify(ctx, db)
	if err != nil {
		return Server{}, connectionFault(err, at)
	}
	return server, nil
}

// Missing gives the GRANT statements that the account still needs for its role (`read` or `load`) whatever is copied.
func (e *Engine) Missing(ctx context.Context, at Endpoint, role string) ([]string, error) {
	if e.missing == nil {
		return nil, nil
	}
	db, err := connect(ctx, at)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	statements, err := e.missing(ctx, db, role)
	if err != nil {
		return nil, connectionFault(err, at)
	}
	return statements, nil
}

// Databases lists the schemas the account can see, without system schemas and our own.
func (e *Engine) Databases(ctx context.Context, at Endpoint) ([]Database, error) {
	db, err := connect(ctx, at)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT s.SCHEMA_NAME, COUNT(t.TABLE_NAME), COALESCE(SUM(t.DATA_LENGTH + t.INDEX_LENGTH), 0)
		FROM information_schema.SCHEMATA s
		LEFT JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = s.SCHEMA_NAME AND t.TABLE_TYPE <> 'VIEW'
		GROUP BY s.SCHEMA_NAME ORDER BY s.SCHEMA_NAME`)
	if err != nil {
		return nil, connectionFault(err, at)
	}
	defer rows.Close()
	list := []Database{}
	for rows.Next() {
		var d Database
		if err := rows.Scan(&d.Name, &d.Tables, &d.Bytes); err != nil {
			return nil, err
		}
		if !IsSystemSchema(d.Name) && !IsOwnSchema(d.Name) {
			list = append(list, d)
		}
	}
	return list, rows.Err()
}

// Tables lists a database's tables and views. A database that is not there is fault code unknown_database.
func (e *Engine) Tables(ctx context.Context, at Endpoint, database string) ([]Table, error) {
	db, err := connect(ctx, at)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	there, err := schemaExists(ctx, db, database)
	if err != nil {
		return nil, connectionFault(err, at)
	}
	if !there || IsSystemSchema(database) {
		return nil, fault.New(fault.NotFound, "unknown_database", "There is no database %q on %s that this account can see.", database, at.label())
	}
	rows, err := db.QueryContext(ctx, `SELECT TABLE_NAME, IF(TABLE_TYPE = 'VIEW', 'view', 'table'), COALESCE(ENGINE, ''),
		COALESCE(TABLE_ROWS, 0), COALESCE(DATA_LENGTH + INDEX_LENGTH, 0)
		FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME`, database)
	if err != nil {
		return nil, connectionFault(err, at)
	}
	defer rows.Close()
	list := []Table{}
	for rows.Next() {
		var t Table
		if err := rows.Scan(&t.Name, &t.Kind, &t.Engine, &t.Rows, &t.Bytes); err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// identify reads flavour, version and fingerprint of the server behind db.
func identify(ctx context.Context, db queryer) (Server, error) {
	var version, comment, hostname, datadir string
	var port int
	err := db.QueryRowContext(ctx, "SELECT VERSION(), @@version_comment, @@hostname, @@port, @@datadir").
		Scan(&version, &comment, &hostname, &port, &datadir)
	if err != nil {
		return Server{}, fmt.Errorf("identify server: %w", err)
	}
	s := Server{Flavour: MySQL, Version: version, Hostname: hostname}
	if strings.Contains(strings.ToLower(version+" "+comment), "mariadb") {
		s.Flavour = MariaDB
	}
	for _, variable := range []string{"server_uuid", "server_uid"} {
		switch err := db.QueryRowContext(ctx, "SELECT @@global."+variable).Scan(&s.Fingerprint); {
		case err == nil && s.Fingerprint != "":
			return s, nil
		case err != nil && !ServerSaid(err, 1193):
			return Server{}, fmt.Errorf("identify server: %w", err)
		}
	}
	s.Fingerprint = fmt.Sprintf("%s:%d:%s", hostname, port, datadir)
	return s, nil
}

// queryer is what *sql.DB, *sql.Conn and *sql.Tx have in common for reading.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func schemaExists(ctx context.Context, db queryer, name string) (bool, error) {
	found, err := storedName(ctx, db, name)
	return found != "", err
}

// storedName is how a server writes the name of a database, which some take in any case; empty = it has none.
func storedName(ctx context.Context, db queryer, name string) (found string, err error) {
	err = db.QueryRowContext(ctx, `SELECT SCHEMA_NAME FROM information_schema.SCHEMATA
		WHERE SCHEMA_NAME = ? AND (@@lower_case_table_names <> 0 OR BINARY SCHEMA_NAME = BINARY ?)`, name, name).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return found, err
}

// AtLeast compares the numbers of a server version ("10.11.19-MariaDB-log") with those wanted.
func AtLeast(version string, wanted ...int) bool {
	numbers, _, _ := strings.Cut(version, "-")
	parts := strings.Split(numbers, ".")
	for i, w := range wanted {
		have := 0
		if i < len(parts) {
			have, _ = strconv.Atoi(parts[i])
		}
		if have != w {
			return have > w
		}
	}
	return true
}

// column runs a query with one text column and returns its values.
func column(ctx context.Context, db queryer, query string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
