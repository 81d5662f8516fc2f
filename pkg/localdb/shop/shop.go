// Package shop fills a database with the sample that the demo copies: a web shop with one of everything that makes a
// copy hard. The rows are the same on every run, on MariaDB and on MySQL.
package shop

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"strings"
)

//go:embed sql/*.sql
var files embed.FS

// Options say how much there is. Orders is 1 to 1,000,000; 0 means 100,000, which gives over 520,000 rows in all.
type Options struct {
	Orders int
}

const defaultOrders = 100_000

// Fill creates the shop's tables, rows, views, triggers, routines and event in db's database, which must be empty.
func Fill(ctx context.Context, db *sql.DB, o Options) error {
	if o.Orders == 0 {
		o.Orders = defaultOrders
	}
	if o.Orders < 1 || o.Orders > 1_000_000 {
		return fmt.Errorf("the shop can have 1 to 1000000 orders, not %d", o.Orders)
	}
	return run(ctx, db, o.Orders, "sql/1_tables.sql", "sql/2_rows.sql", "sql/3_objects.sql")
}

// FillInexact creates one small table with FLOAT values that mysqldump writes rounded.
func FillInexact(ctx context.Context, db *sql.DB) error {
	return run(ctx, db, 1, "sql/inexact.sql")
}

// run executes files on one connection, because they share its session, which is thrown away afterwards.
func run(ctx context.Context, db *sql.DB, orders int, names ...string) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() {
		if discard := conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(discard, driver.ErrBadConn) {
			err = errors.Join(err, discard)
		}
	}()
	session := []string{
		"SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'", // zero dates are wanted
		"SET SESSION time_zone = '+00:00'",
		"SET SESSION timestamp = 1767225600",                    // NOW() is 2026-01-01 in triggers
		"SET SESSION foreign_key_checks = 0, unique_checks = 0", // the rows fit; checking them takes much of the time
		fmt.Sprintf("SET @orders = %d", orders),
	}
	for _, statement := range session {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("prepare the session: %w", err)
		}
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		for statement := range strings.SplitSeq(string(text), ";\n\n") {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w in: %.200s", name, err, statement)
			}
		}
	}
	return nil
}
