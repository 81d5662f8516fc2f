package pipe

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/secret"
)

func TestOptionFile_NamesOnlyWhatTheProgramKnows(t *testing.T) {
	t.Parallel()
	at := Endpoint{Host: "h", Port: 1, User: "u", Password: secret.New("p")}
	for version, test := range map[string]struct {
		options          []string
		plain, encrypted string
	}{
		"MySQL 5.7.10": {nil, "skip-ssl\n", "ssl\nskip-ssl-verify-server-cert\n"},
		"MySQL 5.7.22": {[]string{"ssl-mode"}, "ssl-mode=DISABLED\n", "ssl-mode=REQUIRED\n"},
		"MySQL 5.7.23": {[]string{"ssl-mode", "get-server-public-key"}, "ssl-mode=DISABLED\nget-server-public-key\n", "ssl-mode=REQUIRED\n"},
	} {
		tool := Tool{options: map[string]bool{}}
		for _, option := range test.options {
			tool.options[option] = true
		}
		for mode, want := range map[TLS]string{TLSNone: test.plain, TLSEncrypt: test.encrypted} {
			at.TLS = mode
			written, err := at.optionFile(tool, "")
			require.NoError(t, err)
			_, rest, _ := strings.Cut(string(written), "protocol=tcp\n")
			require.Equal(t, want, rest, version)
		}
	}
}
