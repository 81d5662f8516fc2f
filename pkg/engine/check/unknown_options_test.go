package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestTablesWithOptionsThatTheirServerDoesNotKnowAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource("SET sql_mode = 'IGNORE_BAD_TABLE_OPTIONS'",
		"CREATE TABLE a (id INT PRIMARY KEY COMMENT '/* not one */')", "CREATE TABLE b (id INT PRIMARY KEY color='red') foo='bar'")
	s.red(engine.Block, "unknown_options", "b (/* `color`='red' */, /* `foo`='bar' */)")
	s.onSource("SET sql_mode = 'IGNORE_BAD_TABLE_OPTIONS'", "ALTER TABLE b foo=DEFAULT, MODIFY id INT color=DEFAULT")
	s.green("unknown_options")
}
