package processlist

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestMeans_NeedsTheWholeName(t *testing.T) {
	t.Parallel()
	for statement, means := range map[string]bool{
		"ALTER TABLE `shop`.`a` ADD b INT":                  true,
		"ALTER TABLE Shop.a ADD b INT":                      true,
		"RENAME TABLE x.shop_old TO x.y, shop.a TO y.a":     true,
		"RENAME TABLE `_om_x`.`a` TO `shop_copy`.`a`":       false,
		"RENAME TABLE `_om_x`.`a` TO `shop-copy`.`a`":       false,
		"RENAME TABLE `_om_x`.`a` TO `myshop`.`a`":          false,
		"RENAME TABLE `_om_x`.`a` TO `shopé`.`a`":           false,
		"CREATE TABLE theirs (id INT) COMMENT 'a workshop'": false,
	} {
		require.Equal(t, means, Session{Statement: statement}.Means("shop"), statement)
	}
}

func TestRead_ListsStatementsThatHoldFourByteCharacters(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		_, db := testkit.Database(t, server)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = db.ExecContext(ctx, "SELECT '😀', SLEEP(60)")
		}()
		testkit.Eventually(t, time.Minute, "the statement is listed", func() bool {
			list, err := Read(t.Context(), db)
			require.NoError(t, err)
			return slices.ContainsFunc(list, func(s Session) bool { return s.Busy() && strings.HasPrefix(s.Statement, "SELECT '😀'") })
		})
		cancel()
		<-ended
	}
}
