//go:build bench

package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
)

// benchShape is a database to copy.
type benchShape struct {
	Name, About string
	fill        func(t *testing.T, db *sql.DB, flavour localdb.Flavour)
}

var benchShapes = []benchShape{
	{"A", "4 tables with 1.45 million rows, a primary key and 3 secondary indexes on each, 2 of them in random order", fillIndexed},
	{"B", "1 table with a million rows and a primary key only", fillPlain},
	{"C", "1 table with 2,000 rows, each with a blob of 1 MB of random bytes", fillBlobs},
	{"D", "2,000 tables with 20 rows and one secondary index each", fillSmall},
}

const benchColumns = `id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, customer INT NOT NULL, placed DATETIME NOT NULL, amount DECIMAL(12,2) NOT NULL,
	reference CHAR(56) NOT NULL, note VARCHAR(200) NOT NULL`

func fillIndexed(t *testing.T, db *sql.DB, flavour localdb.Flavour) {
	for name, rows := range map[string]int{"orders": 600_000, "items": 450_000, "payments": 300_000, "visits": 100_000} {
		fillTable(t, db, flavour, fmt.Sprintf("CREATE TABLE %s (%s, KEY placed (placed), KEY customer (customer), KEY reference (reference))", name, benchColumns), name, rows)
	}
}

func fillPlain(t *testing.T, db *sql.DB, flavour localdb.Flavour) {
	fillTable(t, db, flavour, fmt.Sprintf("CREATE TABLE orders (%s)", benchColumns), "orders", 1_000_000)
}

// fillTable makes rows of about 170 bytes. Time rises with the id; customer and reference come in random order.
func fillTable(t *testing.T, db *sql.DB, flavour localdb.Flavour, create, name string, rows int) {
	t.Helper()
	depth := "max_recursive_iterations"
	if flavour == localdb.MySQL {
		depth = "cte_max_recursion_depth"
	}
	onOne(t, db, fmt.Sprintf("SET SESSION %s = %d", depth, rows+1), create, fmt.Sprintf(`INSERT INTO %s
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		SELECT i, CRC32(i) %% 50000, '2020-01-01' + INTERVAL i * 7 SECOND, (CRC32(i * 13) %% 1000000) / 100, SHA2(i, 224),
		CONCAT('row ', i, ' of "customer" ', CRC32(i) %% 50000, ', it''s fine, delivered to the door') FROM n`, name, rows))
}

func fillBlobs(t *testing.T, db *sql.DB, _ localdb.Flavour) {
	onOne(t, db, "CREATE TABLE files (id INT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, content MEDIUMBLOB NOT NULL)")
	random := rand.NewChaCha8([32]byte{1})
	blob := make([]byte, 1<<20)
	for id := range 2000 {
		_, _ = random.Read(blob) // never fails
		_, err := db.ExecContext(t.Context(), "INSERT INTO files VALUES (?, ?, ?)", id, fmt.Sprintf("file %d", id), blob)
		require.NoError(t, err)
	}
}

func fillSmall(t *testing.T, db *sql.DB, _ localdb.Flavour) {
	onOne(t, db, fmt.Sprintf("CREATE TABLE t_0000 (%s, KEY customer (customer))", benchColumns), `INSERT INTO t_0000
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
		SELECT i, i * 7 % 20, '2020-01-01' + INTERVAL i DAY, i / 100, SHA2(i, 224), CONCAT('row ', i) FROM n`)
	for i := 1; i < 2000; i++ {
		onOne(t, db, fmt.Sprintf("CREATE TABLE t_%04d LIKE t_0000", i), fmt.Sprintf("INSERT INTO t_%04d SELECT * FROM t_0000", i))
	}
}

// onOne runs the statements in one session.
func onOne(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	conn, err := db.Conn(context.Background())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	for _, statement := range statements {
		_, err := conn.ExecContext(context.Background(), statement)
		require.NoError(t, err, statement)
	}
}
