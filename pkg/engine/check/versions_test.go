package check

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
)

func TestOldVersionsAreRefusedAndNewOnesNoted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flavour engine.Flavour
		version string
		code    string
	}{
		{engine.MySQL, "5.6.51-log", "version_not_supported"},
		{engine.MySQL, "5.7.44-log", ""},
		{engine.MySQL, "9.7.0", ""},
		{engine.MySQL, "10.0.1", "version_untested"},
		{engine.MariaDB, "10.3.39-MariaDB", "version_not_supported"},
		{engine.MariaDB, "10.4.1-MariaDB", ""},
		{engine.MariaDB, "11.8.2-MariaDB-log", ""},
		{engine.MariaDB, "12.0.1-MariaDB", "version_untested"},
	} {
		good := engine.Server{Flavour: engine.MySQL, Version: "8.4.1"}
		findings, err := versions(t.Context(), engine.CheckInput{SourceServer: good, TargetServer: engine.Server{Flavour: c.flavour, Version: c.version}})
		require.NoError(t, err)
		if c.code == "" {
			require.Empty(t, findings, c.version)
			continue
		}
		require.Equal(t, []string{c.version}, objects(findings, c.code))
	}
}
