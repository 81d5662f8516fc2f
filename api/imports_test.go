package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "overmind/"

var codeSpan = regexp.MustCompile("`([^`]+)`")

// rules reads the two tables under "## Imports" of docs/architecture.md.
func rules(t *testing.T) (allowed map[string][]string, owners map[string]string) {
	t.Helper()
	text, err := os.ReadFile("../docs/architecture.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "## Imports")
	require.True(t, found)
	allowed, owners = map[string][]string{}, map[string]string{}
	into := ""
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 4 {
			continue
		}
		first, rest := codeSpan.FindStringSubmatch(cells[1]), codeSpan.FindAllStringSubmatch(cells[2], -1)
		switch {
		case first == nil:
			if heading := strings.TrimSpace(cells[1]); heading == "package" || heading == "library" {
				into = heading
			}
		case into == "package":
			allowed[first[1]] = []string{}
			for _, name := range rest {
				allowed[first[1]] = append(allowed[first[1]], name[1])
			}
		default:
			owners[first[1]] = rest[0][1]
		}
	}
	return allowed, owners
}

type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	list.Dir = ".."
	list.Stderr = os.Stderr
	out, err := list.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, list.Start())
	var all []goPackage
	for decoder := json.NewDecoder(out); ; {
		var p goPackage
		if err := decoder.Decode(&p); err == io.EOF {
			break
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
	require.NoError(t, list.Wait())
	return all
}

// The direction of imports is what keeps the parts replaceable, so it is held to the written table.
func TestImportsFollowTheArchitectureTable(t *testing.T) {
	t.Parallel()
	allowed, owners := rules(t)
	require.NotEmpty(t, owners)
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		row, listed := allowed[name]
		require.Truef(t, listed, "%s has no row in docs/architecture.md", name)
		seen[name] = true
		for _, path := range p.Imports {
			imported, ours := strings.CutPrefix(path, module)
			switch {
			case ours && name == "api":
				require.NotEqual(t, "pkg/testkit", imported)
			case ours:
				require.Containsf(t, row, imported, "%s must not import %s", name, imported)
			}
			for library, owner := range owners {
				require.Falsef(t, strings.HasPrefix(path, library) && name != owner, "%s must not import %s: it belongs to %s", name, path, owner)
			}
		}
	}
	for name := range allowed {
		require.Truef(t, seen[name], "docs/architecture.md lists %s, which does not exist", name)
	}
}
