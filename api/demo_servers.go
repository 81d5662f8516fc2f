package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"overmind/pkg/localdb"
	"overmind/pkg/localdb/shop"
)

const (
	shopDatabase   = "shop"
	sensorDatabase = "sensors" // holds FLOAT values that mysqldump cannot carry
)

// demoServers are the three private servers and what is on them.
type demoServers struct {
	metadata, production, test *localdb.Server
	rows, tables               int64
}

func startDemoServers(ctx context.Context, folder string) (_ *demoServers, err error) {
	s := &demoServers{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	var group errgroup.Group
	// With the binary log on, a server takes triggers and functions from an account without SUPER only with this.
	settings := map[string]string{"log_bin_trust_function_creators": "ON"}
	for name, into := range map[string]**localdb.Server{"metadata": &s.metadata, "production": &s.production, "test": &s.test} {
		group.Go(func() (err error) {
			*into, err = localdb.Start(ctx, localdb.Options{Dir: filepath.Join(folder, name), Settings: settings})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := execute(ctx, s.metadata, "CREATE DATABASE overmind"); err != nil {
		return nil, err
	}
	return s, s.fill(ctx)
}

func (s *demoServers) fill(ctx context.Context) error {
	for name, fill := range map[string]func(context.Context, *sql.DB) error{
		shopDatabase:   func(ctx context.Context, db *sql.DB) error { return shop.Fill(ctx, db, shop.Options{}) },
		sensorDatabase: shop.FillInexact,
	} {
		if err := execute(ctx, s.production, "CREATE DATABASE "+name); err != nil {
			return err
		}
		db := s.production.DB(name)
		if err := errors.Join(fill(ctx, db), db.Close()); err != nil {
			return fmt.Errorf("fill %s: %w", name, err)
		}
	}
	db := s.production.DB(shopDatabase)
	defer func() { _ = db.Close() }()
	return s.count(ctx, db)
}

func (s *demoServers) count(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	for _, name := range names {
		var count int64
		if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM `"+name+"`").Scan(&count); err != nil {
			return err
		}
		s.rows, s.tables = s.rows+count, s.tables+1
	}
	return rows.Err()
}

func execute(ctx context.Context, on *localdb.Server, statements ...string) error {
	db := on.DB("")
	defer func() { _ = db.Close() }()
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (s *demoServers) stop() error {
	var all []error
	for _, server := range []*localdb.Server{s.metadata, s.production, s.test} {
		if server != nil {
			all = append(all, server.Stop())
		}
	}
	return errors.Join(all...)
}

func randomPassword() string { return rand.Text() }
