package shop_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
	"overmind/pkg/localdb/shop"
	"overmind/pkg/testkit"
)

func names(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		all = append(all, name)
	}
	require.NoError(t, rows.Err())
	return all
}

const baseTables = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY 1"

func countRows(t *testing.T, db *sql.DB) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, table := range names(t, db, baseTables) {
		var n int
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n))
		counts[table] = n
	}
	return counts
}

func TestFullShopHasHalfAMillionRowsAndEveryKindOfObject(t *testing.T) {
	t.Parallel()
	_, db := testkit.Database(t, testkit.MariaDB(t))
	require.NoError(t, shop.Fill(t.Context(), db, shop.Options{}))

	total := 0
	for table, n := range countRows(t, db) {
		require.NotZero(t, n, table)
		total += n
	}
	require.GreaterOrEqual(t, total, 500_000)
	require.Equal(t, []string{"a_country_summary", "open_orders", "price_list"}, names(t, db, "SELECT table_name FROM information_schema.views WHERE table_schema = DATABASE() ORDER BY 1"))
	require.Equal(t, []string{"orders_note", "products_price_change"}, names(t, db, "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY 1"))
	require.Equal(t, []string{"return_order", "with_tax"}, names(t, db, "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE() ORDER BY 1"))
	require.Equal(t, []string{"forget_old_page_views"}, names(t, db, "SELECT event_name FROM information_schema.events WHERE event_schema = DATABASE()"))
}

func TestShopIsTheSameOnBothFlavoursAndEveryRun(t *testing.T) {
	t.Parallel()
	var first map[string]string
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.SecondMariaDB(t), testkit.MySQL(t)} {
		_, db := testkit.Database(t, server)
		require.NoError(t, shop.Fill(t.Context(), db, shop.Options{Orders: 500}))
		digests := map[string]string{}
		for table := range countRows(t, db) {
			digests[table] = digest(t, db, table)
		}
		if first == nil {
			first = digests
		}
		require.Equal(t, first, digests)
	}
}

// digest is of the columns that every server prints alike; JSON and DOUBLE are printed differently by each flavour.
func digest(t *testing.T, db *sql.DB, table string) string {
	t.Helper()
	columns := names(t, db, `SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '`+table+`'
		AND data_type NOT IN ('json', 'longtext', 'double') ORDER BY ordinal_position`)
	var n int
	var sum string
	query := fmt.Sprintf("SELECT COUNT(*), CAST(SUM(CRC32(CONCAT_WS('|', HEX(CONCAT(%s))))) AS CHAR) FROM %s", strings.Join(columns, ")), HEX(CONCAT("), table)
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n, &sum))
	return fmt.Sprint(n, " ", sum)
}

const unequalFloats = "SELECT COUNT(*) FROM %s WHERE CAST(CAST(CONCAT(%[2]s) AS FLOAT) AS DOUBLE) <> %[2]s + 0e0"

func TestFloatsSurviveTheirTextUnlessAskedNotTo(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		_, db := testkit.Database(t, server)
		require.NoError(t, shop.Fill(t.Context(), db, shop.Options{Orders: 1000}))
		require.NoError(t, shop.FillInexact(t.Context(), db))
		for column, want := range map[string]int{"products weight_kg": 0, "order_lines discount": 0, "page_views took_ms": 0, "measurements value": 2} {
			table, name, _ := strings.Cut(column, " ")
			var unequal int
			require.NoError(t, db.QueryRowContext(t.Context(), fmt.Sprintf(unequalFloats, table, name)).Scan(&unequal))
			require.Equal(t, want, unequal, column)
		}
	}
}

func TestObjectsWork(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		_, db := testkit.Database(t, server)
		require.NoError(t, shop.Fill(t.Context(), db, shop.Options{Orders: 100}))
		for _, view := range []string{"open_orders", "a_country_summary", "price_list"} {
			require.NotEmpty(t, names(t, db, "SELECT 1 FROM "+view), view)
		}
		testkit.Exec(t, db, "CALL return_order(2)")
		_, err := db.Exec("CALL return_order(2)")
		require.ErrorContains(t, err, "only a shipped order")
		require.Equal(t, []string{"100"}, names(t, db, "SELECT COUNT(*) FROM price_changes"))
	}
}

func TestBadOptionsAndAFullDatabaseAreRefused(t *testing.T) {
	t.Parallel()
	_, db := testkit.Database(t, testkit.MariaDB(t))
	require.Error(t, shop.Fill(t.Context(), db, shop.Options{Orders: -1}))
	require.NoError(t, shop.FillInexact(t.Context(), db))
	require.ErrorContains(t, shop.FillInexact(t.Context(), db), "already exists")
}
