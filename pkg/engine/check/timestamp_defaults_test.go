package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestTimestampsThatTheTargetGivesADefaultAreRefused(t *testing.T) {
	t.Parallel()
	for _, servers := range [][2]*localdb.Server{{testkit.MariaDB(t), testkit.SecondMySQL(t)}, {testkit.MySQL(t), testkit.SecondMariaDB(t)}} {
		s := between(t, servers[0], servers[1]).onSource(
			"CREATE TABLE t (id INT PRIMARY KEY, a TIMESTAMP NOT NULL, b TIMESTAMP NULL, c TIMESTAMP NOT NULL DEFAULT '2020-01-01', d TIMESTAMP(3) NOT NULL, e DATETIME NOT NULL, f TIMESTAMP GENERATED ALWAYS AS (e) VIRTUAL)",
			"CREATE TABLE left_out (a TIMESTAMP NOT NULL)")
		s.green("timestamp_gains_default")
		s.target.SetMaxOpenConns(1) // its session is that of an account that may not change it
		s.onTarget("SET SESSION explicit_defaults_for_timestamp=0")
		in := engine.CheckInput{Spec: s.spec, Source: s.source, Target: s.target, Plan: &engine.Plan{Tables: []engine.PlannedTable{{Name: "t"}}}}
		findings, err := timestampDefaults(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, []string{"t.a", "t.d"}, objects(findings, "timestamp_gains_default"))
		require.Equal(t, engine.Block, findings[0].Level)
	}
}
