package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUncounted(t *testing.T) {
	t.Parallel()
	const options = ") ENGINE=InnoDB AUTO_INCREMENT=42 DEFAULT CHARSET=utf8mb4 COMMENT='AUTO_INCREMENT=7'"
	create, counter, ok := uncounted("CREATE TABLE `t` (\n  `a` int NOT NULL COMMENT 'AUTO_INCREMENT',\n  `b` int NOT NULL AUTO_INCREMENT,\n  PRIMARY KEY (`b`,`a`),\n  CONSTRAINT `c` CHECK (`a` > 0)\n"+options, "`s`.`x`")
	require.True(t, ok)
	require.Equal(t, "42", counter)
	require.Equal(t, "CREATE TABLE `s`.`x` (\n  `a` int NOT NULL COMMENT 'AUTO_INCREMENT',\n  `b` int NOT NULL ,\n  PRIMARY KEY (`b`,`a`),\n  CONSTRAINT `c` CHECK (`a` > 0)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='AUTO_INCREMENT=7' PARTITION BY HASH (`b`) PARTITIONS 1", create)
	for name, definition := range map[string]string{
		"another key first":  "CREATE TABLE `t` (`a` int, `b` int AUTO_INCREMENT, PRIMARY KEY (`a`), KEY `b` (`b`)" + options,
		"a unique key":       "CREATE TABLE `t` (`a` int, `b` int AUTO_INCREMENT, PRIMARY KEY (`b`), UNIQUE KEY `a` (`a`)" + options,
		"no primary key":     "CREATE TABLE `t` (`b` int AUTO_INCREMENT, UNIQUE KEY `b` (`b`)" + options,
		"partitions":         "CREATE TABLE `t` (`b` int AUTO_INCREMENT, PRIMARY KEY (`b`)" + options + " PARTITION BY HASH (`b`)",
		"another engine":     "CREATE TABLE `t` (`b` int AUTO_INCREMENT, PRIMARY KEY (`b`)) ENGINE=Aria",
		"rows with a period": "CREATE TABLE `t` (`b` int AUTO_INCREMENT, PRIMARY KEY (`b`)" + options + " WITH SYSTEM VERSIONING",
	} {
		_, _, ok := uncounted(definition, "x")
		require.False(t, ok, name)
	}
	_, counter, ok = uncounted("CREATE TABLE `t` (`b` int AUTO_INCREMENT, PRIMARY KEY (`b`)) ENGINE=InnoDB", "x")
	require.True(t, ok)
	require.Empty(t, counter)
}
