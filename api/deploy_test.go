package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"overmind/pkg/config"
)

// The compose file is checked as far as it goes without a container engine: every setting is one that this program
// knows, with values that it accepts.
func TestCompose_SettingsAreAccepted(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	var compose struct {
		Services map[string]struct {
			Environment map[string]string `yaml:"environment"`
			Secrets     []string          `yaml:"secrets"`
			DependsOn   map[string]any    `yaml:"depends_on"`
		} `yaml:"services"`
		Secrets map[string]struct {
			File string `yaml:"file"`
		} `yaml:"secrets"`
	}
	require.NoError(t, yaml.Unmarshal(text, &compose))

	root := t.TempDir()
	script, err := os.ReadFile("../deploy/secrets.sh")
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(root, "deploy"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "deploy", "secrets.sh"), script, 0o755))
	out, err := exec.Command(filepath.Join(root, "deploy", "secrets.sh")).CombinedOutput()
	require.NoErrorf(t, err, "%s", out)

	for _, name := range []string{"serve", "worker"} {
		service := compose.Services[name]
		var environ []string
		for variable, value := range service.Environment {
			for _, s := range service.Secrets {
				value = strings.ReplaceAll(value, "/run/secrets/"+s, filepath.Join(root, compose.Secrets[s].File))
			}
			environ = append(environ, variable+"="+value)
		}
		_, err := config.Load("", environ)
		require.NoErrorf(t, err, "%s", name)
		for dependency := range service.DependsOn {
			require.Contains(t, compose.Services, dependency)
		}
	}
}

// What the image copies from the source exists, and it does not run as root.
func TestDockerfile_CopiesWhatExists(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../deploy/Dockerfile")
	require.NoError(t, err)
	user := ""
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "USER":
			user = words[1]
		case words[0] == "COPY" && !strings.HasPrefix(words[1], "--from"):
			for _, source := range words[1 : len(words)-1] {
				_, err := os.Stat(filepath.Join("..", source))
				require.NoError(t, err)
			}
		}
	}
	require.Equal(t, "overmind", user)
}
