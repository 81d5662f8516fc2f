package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSupported(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"8.0.1": true, "8.0.0": false, "8.4.3-commercial": true, "9.7.0": true, "5.7.44-log": false,
		"10.6.0-MariaDB": true, "10.5.27-MariaDB": false, "5.5.5-10.11.6-MariaDB-0+deb12u1": true, "11.4.2-MariaDB": true,
		"nonsense": false, "": false,
	} {
		require.Equal(t, want, supported(version), version)
	}
}
