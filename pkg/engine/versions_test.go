package engine_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/engine/cases"
	"overmind/pkg/localdb"
)

// versions are the servers of deploy/server.sh, the oldest of each flavour first.
var versions = []version{
	{localdb.MySQL, "5.7"}, {localdb.MySQL, "8.0"}, {localdb.MySQL, "8.4"}, {localdb.MySQL, "9"},
	{localdb.MariaDB, "10.5"}, {localdb.MariaDB, "10.6"}, {localdb.MariaDB, "11.4"}, {localdb.MariaDB, "11.8"},
}

type version struct {
	flavour localdb.Flavour
	number  string
}

func (v version) String() string { return string(v.flavour) + "-" + v.number }

// TestVersions copies every case that the source can hold from every version to every other, and prints how many ended
// how. What is refused depends on the two versions, so only a copy that fails or differs is a failure.
func TestVersions(t *testing.T) {
	if os.Getenv("OVERMIND_SOAK") == "" {
		return // the servers are not where the quick tests run
	}
	var counted tally
	t.Cleanup(func() { t.Log("\n" + counted.String()) })
	for _, from := range versions {
		for _, to := range versions {
			direction := fmt.Sprintf("%s to %s", from, to)
			t.Run(direction, func(t *testing.T) {
				source, target := from.start(t), to.start(t)
				t.Run("cases", func(t *testing.T) { // ends before the servers do
					for _, c := range cases.All() {
						if c.Long || c.Source != nil || c.Target != nil || !c.On(string(from.flavour)) {
							continue
						}
						t.Run(c.Name, func(t *testing.T) {
							t.Parallel()
							verdict := versionVerdict(t, c, source, target)
							counted.add(direction, verdict)
							t.Log(verdict)
							kind, _, _ := strings.Cut(verdict, " ")
							assert.Contains(t, []string{cases.Equal, "refused", "unmade"}, kind, verdict)
						})
					}
				})
			})
		}
	}
}

func (v version) start(t *testing.T) *localdb.Server {
	t.Helper()
	server, err := localdb.Start(t.Context(), localdb.Options{Flavour: v.flavour, Version: v.number})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Kill()) })
	return server
}

// versionVerdict is "unmade", with the reason, for a database that this version cannot hold.
func versionVerdict(t *testing.T, c cases.Case, source, target *localdb.Server) string {
	t.Helper()
	tr := newTrial(t, c, source, target, engine.ExecutorAuto)
	if err := tr.make(c, source.Flavour); err != nil {
		return "unmade " + err.Error()
	}
	return tr.verdict()
}
