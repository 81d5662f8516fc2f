package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"overmind/pkg/fault"
)

// migrationFiles is the schema. Every statement can be repeated: DDL commits at once on MySQL, so a migration that was
// killed half-way is simply run again.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

// lockWait is how long a process waits for another one that migrates or creates the installation's keys.
const lockWait = 5 * time.Minute

// MigrationState is one migration and when it was applied; the zero time means not yet.
type MigrationState struct {
	Version   int64
	Name      string
	AppliedAt time.Time
}

// Migrate brings the schema up to date. Any number of processes may call it at once: each migration is applied once,
// and every caller returns only when all are applied.
func (s *Store) Migrate(ctx context.Context) error {
	// The provider's own lock is taken after it has made its table, which two at once make by halves.
	return s.WithInstallationLock(ctx, func(ctx context.Context) error {
		return s.withProvider(func(p *goose.Provider) error {
			_, err := p.Up(ctx)
			return err
		})
	})
}

// MigrateDown takes the newest migration back, and its data with it.
func (s *Store) MigrateDown(ctx context.Context) error {
	return s.WithInstallationLock(ctx, func(ctx context.Context) error {
		return s.withProvider(func(p *goose.Provider) error {
			_, err := p.Down(ctx)
			return err
		})
	})
}

// MigrateStatus lists every migration this program knows. It does not wait for a process that migrates.
func (s *Store) MigrateStatus(ctx context.Context) ([]MigrationState, error) {
	var states []MigrationState
	err := s.withProvider(func(p *goose.Provider) error {
		rows, err := p.Status(ctx)
		for _, row := range rows {
			states = append(states, MigrationState{Version: row.Source.Version, Name: row.Source.Path, AppliedAt: row.AppliedAt})
		}
		return err
	})
	return states, err
}

// WithInstallationLock runs fn while no other process of this installation is in it or migrates.
func (s *Store) WithInstallationLock(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store: installation lock: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := lockInstallation(ctx, conn); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlockInstallation(context.WithoutCancel(ctx), conn)) }()
	return fn(ctx)
}

func (s *Store) withProvider(fn func(*goose.Provider) error) error {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return fmt.Errorf("store: read migrations: %w", err)
	}
	// Its Close would close our pool; it holds nothing else, so it is left to the collector.
	p, err := goose.NewProvider(database.DialectMySQL, s.pool, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("store: read migrations: %w", err)
	}
	if err := fn(p); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	return nil
}

// The name is per database: several installations may share a server, and GET_LOCK names are server-wide, at most 64
// characters long.
const lockName = "CONCAT('overmind.', LEFT(SHA2(DATABASE(), 256), 40))"

// lockInstallation takes a server lock that dies with its connection, so a killed process leaves nothing to wait for.
func lockInstallation(ctx context.Context, conn *sql.Conn) error {
	// The wait is cut into short ones, each well under the connection's read timeout.
	for deadline := time.Now().Add(lockWait); ; {
		var got sql.NullInt64
		if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK("+lockName+", 10)").Scan(&got); err != nil {
			return fmt.Errorf("store: take the installation lock: %w", err)
		}
		if got.Int64 == 1 {
			return nil
		}
		if time.Now().After(deadline) {
			return fault.New(fault.Unavailable, "migration_locked", "Another process has been migrating the database for %s.", lockWait)
		}
	}
}

func unlockInstallation(ctx context.Context, conn *sql.Conn) error {
	var released sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT RELEASE_LOCK("+lockName+")").Scan(&released); err != nil {
		return fmt.Errorf("store: release the installation lock: %w", err)
	}
	return nil
}
