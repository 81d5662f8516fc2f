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

func TestSRIDsThatTheTargetCannotRememberAreNamed(t *testing.T) {
	t.Parallel()
	const make = "CREATE TABLE place (id INT PRIMARY KEY, at POINT REF_SYSTEM_ID=4326, far POINT REF_SYSTEM_ID=900913)"
	between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource(make).red(engine.Confirm, "srid_lost", "place.at (SRID 4326)", "place.far (SRID 32767)")
	s := between(t, testkit.MariaDB(t), testkit.SecondMariaDB(t)).onSource(make)
	s.red(engine.Confirm, "srid_unclear", "place.far (SRID 32767)")
	s.onSource("ALTER TABLE place DROP far").green("srid_unclear")
}
