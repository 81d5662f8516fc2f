package engine

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// The most sessions that read or make definitions at the same time. A server that makes one waits for its disk, MySQL a
// dozen times, and several waits cost what one does.
const (
	readingSessions = 4
	makingSessions  = 8
)

// perDDLSession is how many definitions are worth a session more.
const perDDLSession = 20

func sessionsFor(definitions, most int) int { return min(most, 1+definitions/perDDLSession) }

// spread does n things over some sessions, each in the next session that is free. The first error ends it.
func spread(ctx context.Context, conns []*sql.Conn, n int, do func(ctx context.Context, conn *sql.Conn, i int) error) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for _, conn := range conns {
		group.Go(func() error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(ctx, conn, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// tableDefinitions are the CREATE TABLE statements of tables, in their order.
func tableDefinitions(ctx context.Context, db *sql.DB, database string, tables []PlannedTable) ([]string, error) {
	conns, err := borrow(ctx, db, sessionsFor(len(tables), readingSessions))
	defer giveBack(conns)
	if err != nil {
		return nil, err
	}
	// a server that converts them loses what it keeps in expressions in the character sets of their texts
	if err := all(ctx, conns, "SET character_set_results = NULL"); err != nil {
		return nil, err
	}
	list := make([]string, len(tables))
	err = spread(ctx, conns, len(tables), func(ctx context.Context, conn *sql.Conn, i int) (err error) {
		list[i], err = tableDefinition(ctx, conn, database, tables[i].Name)
		return err
	})
	return list, errors.Join(err, all(context.WithoutCancel(ctx), conns, "SET character_set_results = utf8mb4"))
}

// all executes a statement in each session.
func all(ctx context.Context, conns []*sql.Conn, statement string) error {
	for _, conn := range conns {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// borrow takes n sessions out of the pool; those that it got come back with an error too.
func borrow(ctx context.Context, db *sql.DB, n int) ([]*sql.Conn, error) {
	var conns []*sql.Conn
	for range n {
		conn, err := db.Conn(ctx)
		if err != nil {
			return conns, err
		}
		conns = append(conns, conn)
	}
	return conns, nil
}

func giveBack(conns []*sql.Conn) {
	for _, conn := range conns {
		_ = conn.Close() // it goes back to the pool, which finds out whether it still works
	}
}
