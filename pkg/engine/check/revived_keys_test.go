package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestKeysOfKeptTablesWhoseParentsTheCopyBringsAreNamed(t *testing.T) {
	t.Parallel()
	for _, target := range []*localdb.Server{testkit.SecondMariaDB(t), testkit.MySQL(t)} {
		s := between(t, testkit.MariaDB(t), target)
		s.target.SetMaxOpenConns(1)
		s.onTarget("SET foreign_key_checks = 0", "CREATE TABLE stays (id INT PRIMARY KEY, p INT, CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent (id))").
			onSource("CREATE TABLE parent (id INT PRIMARY KEY)")
		s.red(engine.Confirm, "kept_key_gains_parent", "stays.fk → parent.id")
		s.green("kept_key_unfit")
		s.onSource("ALTER TABLE parent MODIFY id BIGINT")
		s.red(engine.Block, "kept_key_unfit", "stays.fk → parent.id")
		s.onTarget("CREATE TABLE parent (id INT PRIMARY KEY)")
		s.green("kept_key_unfit")
	}
}
