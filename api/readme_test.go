package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/testkit"
)

var (
	transcript   = regexp.MustCompile("(?s)<!-- transcript -->\n```sh\n(.*?)```")
	environment  = regexp.MustCompile(`source (\S+/demo\.env)`)
	demoVerdicts = regexp.MustCompile(`(?m)^    (table|view|trigger|procedure|function|event) .* equal$`)
)

// The demo is what a newcomer runs first, and the README's transcript is what they type next: both work as printed.
func TestDemo_ShowsThreeTicketsAndTheReadmesTranscriptWorks(t *testing.T) {
	t.Parallel()
	demo := startProcess(t, nil, "demo", "--port", "0")
	testkit.Eventually(t, 3*time.Minute, "the demo stays up", func() bool {
		select {
		case <-demo.ended:
			t.Fatalf("the demo ended: %v", demo.err)
		default:
		}
		return environment.MatchString(demo.output.String())
	})
	said := demo.output.String()
	require.Contains(t, said, "409 preflight_blocked")
	require.Contains(t, said, "Wei rejects it: rejected")
	require.Len(t, demoVerdicts.FindAllString(said, -1), 19+3)

	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	commands := transcript.FindStringSubmatch(string(readme))
	require.NotNil(t, commands)
	path := environment.FindStringSubmatch(said)[1]
	out, err := exec.Command("bash", "-euo", "pipefail", "-c", "source "+path+"\n"+commands[1]).CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	require.Contains(t, string(out), `"state": "succeeded"`)
	require.Contains(t, string(out), `"rows": 75000`)

	demo.stop(t, 60*time.Second)
	_, err = os.Stat(strings.TrimSuffix(path, "/demo.env"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestReadme_ChineseTwinHasTheSameCommands(t *testing.T) {
	t.Parallel()
	code := regexp.MustCompile("(?s)```sh\n.*?```")
	english, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	chinese, err := os.ReadFile("../README.zh-CN.md")
	require.NoError(t, err)
	require.Equal(t, code.FindAllString(string(english), -1), code.FindAllString(string(chinese), -1))
}
