package check

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

// Nothing compares what the client programs move: values that no check could look at are for a person to decide.
func TestValuesThatCouldNotBeCheckedInTimeAreConfirmedForClientPrograms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		source, target *localdb.Server
		name           string
		check          func(context.Context, engine.CheckInput) ([]engine.Finding, error)
		column         string
	}{
		{testkit.MySQL(t), testkit.SecondMySQL(t), "enums", enums, "ENUM('a', '')"},
		{testkit.MySQL(t), testkit.SecondMySQL(t), "negative_zeros", negativeZeros, "DOUBLE"},
		{testkit.MariaDB(t), testkit.MySQL(t), "surrogates", surrogates, "TEXT CHARACTER SET utf8mb4"},
		{testkit.MariaDB(t), testkit.MySQL(t), "ranges", ranges, "TIME(3)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := between(t, test.source, test.target).onSource("CREATE TABLE t (id INT PRIMARY KEY, c " + test.column + ") COLLATE utf8mb4_general_ci")
			s.source.SetMaxOpenConns(1)
			s.onSource("LOCK TABLES t WRITE") // its rows cannot be read
			defer s.onSource("UNLOCK TABLES")
			checks := func(ctx context.Context, in engine.CheckInput) []engine.Finding {
				ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
				defer cancel()
				return run(ctx, in, []Check{{test.name, test.check}})
			}
			for executor, want := range map[engine.Executor]string{engine.ExecutorPipe: "values_unchecked", engine.ExecutorNative: "check_unfinished"} {
				s.spec.Executor = executor
				_, findings, err := engine.New(engine.Options{Checks: checks}).Preflight(t.Context(), s.spec)
				require.NoError(t, err)
				for _, f := range findings {
					if f.Code == "values_unchecked" {
						require.Equal(t, engine.Confirm, f.Level)
						require.Equal(t, []string{"t.c"}, f.Objects)
					}
				}
				if executor == engine.ExecutorPipe || test.name != "enums" && test.name != "negative_zeros" { // native: nothing to look at
					require.NotNil(t, objects(findings, want), "%s: %+v", executor, findings)
				}
			}
		})
	}
}
