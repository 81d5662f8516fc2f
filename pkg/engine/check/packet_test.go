package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// onStrangeTarget plans a copy to a server of its own with these settings.
func onStrangeTarget(t *testing.T, source *localdb.Server, settings map[string]string) *sides {
	t.Helper()
	target, err := localdb.Start(t.Context(), localdb.Options{Settings: settings})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, target.Stop()) })
	return between(t, source, target)
}

func TestRowsBeyondTheTargetsPacketAreFound(t *testing.T) {
	t.Parallel()
	for _, source := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := onStrangeTarget(t, source, map[string]string{"max_allowed_packet": "1M", "local_infile": "OFF"}).onSource(
			"CREATE TABLE small (a VARCHAR(1000), b BLOB) COLLATE utf8mb4_unicode_ci",
			"CREATE TABLE wide (id INT PRIMARY KEY, a LONGBLOB, b LONGTEXT) COLLATE utf8mb4_unicode_ci",
			"INSERT INTO wide VALUES (1, REPEAT('a', 100000), REPEAT('b', 300000))")
		s.green("row_too_large")
		s.green("row_may_be_too_large")
		s.onSource("INSERT INTO wide VALUES (2, NULL, REPEAT('b', 600000))")
		s.red(engine.Confirm, "row_may_be_too_large", "wide")
		s.onSource("INSERT INTO wide VALUES (3, REPEAT('a', 600000), NULL)")
		s.red(engine.Block, "row_too_large", "wide")
	}
}

func TestRowsThatAreLoadedMayBeAsLongAsThePacket(t *testing.T) {
	t.Parallel()
	s := onStrangeTarget(t, testkit.MariaDB(t), map[string]string{"max_allowed_packet": "1M"}).onSource(
		"CREATE TABLE wide (id INT PRIMARY KEY, a LONGBLOB, b LONGTEXT)", "INSERT INTO wide VALUES (1, REPEAT('a', 600000), REPEAT('b', 300000))")
	s.green("row_too_large")
	s.green("row_may_be_too_large")
	s.onSource("INSERT INTO wide VALUES (2, REPEAT('a', 600000), REPEAT('b', 500000))")
	s.red(engine.Block, "row_too_large", "wide")
}
