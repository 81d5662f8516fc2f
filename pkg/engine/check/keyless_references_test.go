package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestForeignKeyThatWillGetAKeyIsNamed(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t))
	s.source.SetMaxOpenConns(1)
	s.onSource("CREATE TABLE p (a INT, b INT, PRIMARY KEY (a, b))", "CREATE TABLE q (a INT PRIMARY KEY)",
		"CREATE TABLE c (x INT, y INT, z INT, KEY k (X, y, z), CONSTRAINT f FOREIGN KEY (x, y) REFERENCES p (a, b), CONSTRAINT g FOREIGN KEY (y) REFERENCES q (a))")
	s.green("foreign_key_gets_key")
	s.onSource("SET foreign_key_checks = 0", "ALTER TABLE c DROP KEY g")
	s.red(engine.Confirm, "foreign_key_gets_key", "c.g")
}
