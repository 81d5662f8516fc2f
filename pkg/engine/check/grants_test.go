package check

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func parsed(lines ...string) rights {
	r := rights{global: set{}, tables: map[string]set{}}
	for _, line := range lines {
		r.add(line)
	}
	return r
}

func TestGrantPatternsMatchLikeTheServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line, schema string
		want         bool
	}{
		{"GRANT SELECT ON `shop`.* TO `u`@`%`", "shop", true},
		{"GRANT SELECT ON `shop`.* TO `u`@`%`", "shop2", false},
		{"GRANT SELECT ON `my_shop`.* TO `u`@`%`", "myXshop", true},
		{"GRANT SELECT ON `my\\_shop`.* TO `u`@`%`", "myXshop", false},
		{"GRANT SELECT ON `my\\_shop`.* TO `u`@`%`", "my_shop", true},
		{"GRANT SELECT ON `\\_om\\_%`.* TO `u`@`%`", "_om_abc_1_old", true},
		{"GRANT SELECT ON `a``b`.* TO `u`@`%`", "a`b", true},
		{"GRANT SELECT ON ` ON .x`.* TO `u`@`%`", " ON .x", true},
		{"GRANT INSERT, ALL PRIVILEGES ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*00'", "any", true},
		{"GRANT SHOW VIEW ON *.* TO `u`@`%`", "any", false},
		{"GRANT SELECT ON PROCEDURE `shop`.`p` TO `u`@`%`", "shop", false},
		{"GRANT `SELECT ON`@`%` TO `u`@`%`", "shop", false},
	} {
		require.Equal(t, c.want, parsed(c.line).onSchema(c.schema, "SELECT"), "%s for %s", c.line, c.schema)
	}
}

func TestOnlyTheMostSpecificPatternCounts(t *testing.T) {
	t.Parallel()
	r := parsed("GRANT SELECT, INSERT ON `sh%`.* TO `u`@`%`", "GRANT SELECT ON `shop`.* TO `u`@`%`")
	require.True(t, r.onSchema("shop", "SELECT"))
	require.False(t, r.onSchema("shop", "INSERT"))
	require.True(t, r.onSchema("shoe", "INSERT"))
}

func TestPartialRevokeTakesFromGlobal(t *testing.T) {
	t.Parallel()
	r := parsed("GRANT SELECT ON *.* TO `u`@`%`", "REVOKE SELECT ON `shop`.* FROM `u`@`%`")
	require.False(t, r.onSchema("shop", "SELECT"))
	require.True(t, r.onSchema("other", "SELECT"))
}

func TestColumnPrivilegesAreNotTablePrivileges(t *testing.T) {
	t.Parallel()
	r := parsed("GRANT SELECT (`a`, `b,c ON x`), INSERT ON `shop`.`t` TO `u`@`%`")
	require.False(t, r.onTable("shop", "t", "SELECT"))
	require.True(t, r.onTable("shop", "t", "INSERT"))
	require.False(t, r.onTable("shop", "u", "INSERT"))
}
