package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestColumnsThatNoLongerInsistOnAnSRIDAreNamed(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource("CREATE TABLE place (id INT PRIMARY KEY, at POINT)")
	s.green("srid_not_enforced")
	s.onSource("ALTER TABLE place ADD there POINT NOT NULL SRID 4326")
	s.red(engine.Confirm, "srid_not_enforced", "place.there (SRID 4326)")
}
