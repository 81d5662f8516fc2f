package check

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
)

// older starts a server of a version that the quick tests do not have; nil where only those run.
func older(t *testing.T, flavour localdb.Flavour, version string) *localdb.Server {
	t.Helper()
	if os.Getenv("OVERMIND_SOAK") == "" {
		return nil
	}
	server, err := localdb.Start(t.Context(), localdb.Options{Flavour: flavour, Version: version})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Kill()) })
	return server
}

func TestWhatMySQL57HidesOrForgetsIsNamed(t *testing.T) {
	t.Parallel()
	old, present := older(t, localdb.MySQL, "5.7"), older(t, localdb.MySQL, "8.0")
	if old == nil {
		return
	}
	s := between(t, old, present).onSource("CREATE TABLE gone (id INT)", "ALTER TABLE gone DISCARD TABLESPACE", "CREATE TABLE j (id INT PRIMARY KEY, whole JSON, j JSON)",
		`INSERT INTO j VALUES (1, '{"a": [1.0]}', '[1, 2.5, 3e30, "1.0", 70000, 18446744073709551615]')`)
	s.red(engine.Block, "tablespace_discarded", "gone")
	s.red(engine.Confirm, "json_whole_numbers", "j.whole")
	s.green("json_typed_values")

	s = between(t, present, old).onSource(`CREATE TABLE t (id INT PRIMARY KEY, n INT DEFAULT 1, whole JSON, j JSON, KEY k (n DESC) COMMENT 'a\0b', CONSTRAINT c FOREIGN KEY (n) REFERENCES t (id) ON DELETE SET DEFAULT) COMMENT='a\0b'`,
		`INSERT INTO t VALUES (1, 1, '{"a": [1.0], "b": "2"}', '["x\\"[1.0]", 1, 2.5]')`)
	s.red(engine.Block, "definition_not_on_target", "t (a zero byte in its comment)", "t.c (SET DEFAULT)", "t.k (a zero byte in its comment)")
	s.red(engine.Confirm, "descending_keys_ignored", "t.k")
	s.red(engine.Block, "json_fractions_lost", "t.whole")
}
