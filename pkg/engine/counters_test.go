package engine

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUncounted(t *testing.T) {
	t.Parallel()
	const options = ") ENGINE=InnoDB AUTO_INCREMENT=42 DEFAULT CHARSET=utf8mb4 COMMENT='AUTO_INCREMENT=7'"
	b := uncounted("CREATE TABLE `t` (\n  `a` int NOT NULL COMMENT 'AUTO_INCREMENT',\n  `b` smallint(5) unsigned NOT NULL AUTO_INCREMENT,\n  PRIMARY KEY (`b`,`a`),\n  CONSTRAINT `c` CHECK (`a` > 0)\n" + options)
	require.NotNil(t, b)
	require.Equal(t, beside{column: "`b`", counter: 42, most: math.MaxUint16, create: " (\n  `a` int NOT NULL COMMENT 'AUTO_INCREMENT',\n  `b` smallint(5) unsigned NOT NULL ,\n  PRIMARY KEY (`b`,`a`),\n  CONSTRAINT `c` CHECK (`a` > 0)\n" +
		") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='AUTO_INCREMENT=7' PARTITION BY HASH (`b`) PARTITIONS 1"}, *b)
	for name, definition := range map[string]string{
		"another key first":  "CREATE TABLE `t` (`a` int, `b` int AUTO_INCREMENT, PRIMARY KEY (`a`), KEY `b` (`b`)" + options,
		"a unique key":       "CREATE TABLE `t` (`a` int, `b` int AUTO_INCREMENT, PRIMARY KEY (`b`), UNIQUE KEY `a` (`a`)" + options,
		"no primary key":     "CREATE TABLE `t` (`b` int AUTO_INCREMENT, UNIQUE KEY `b` (`b`)" + options,
		"partitions":         "CREATE TABLE `t` (`b` int AUTO_INCREMENT, PRIMARY KEY (`b`)" + options + " PARTITION BY HASH (`b`)",
		"another engine":     "CREATE TABLE `t` (`b` int AUTO_INCREMENT, PRIMARY KEY (`b`)) ENGINE=Aria",
		"rows with a period": "CREATE TABLE `t` (`b` int AUTO_INCREMENT, PRIMARY KEY (`b`)" + options + " WITH SYSTEM VERSIONING",
		"no integer":         "CREATE TABLE `t` (`b` double AUTO_INCREMENT, PRIMARY KEY (`b`)" + options,
	} {
		require.Nil(t, uncounted(definition), name)
	}
	b = uncounted("CREATE TABLE `t` (`b` bigint(20) AUTO_INCREMENT, PRIMARY KEY (`b`)) ENGINE=InnoDB")
	require.NotNil(t, b)
	require.Zero(t, b.counter)
	require.EqualValues(t, math.MaxInt64, b.most)
}
