package pipe

import (
	"fmt"
	"strings"

	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

// TLS is how a client encrypts; whether `preferred` comes to plain or encrypted is decided before.
type TLS int

// The ways, from none to a checked certificate and name.
const (
	TLSNone TLS = iota
	TLSEncrypt
	TLSVerifyCA
	TLSVerifyName
)

// Endpoint is one server for a client program.
type Endpoint struct {
	Host     string // name or address to connect to
	Port     int
	User     string
	Password secret.String
	TLS      TLS
	CA       string // PEM, may be empty
}

// optionFile writes the [client] options for a program; caPath is where it finds the CA.
func (at Endpoint) optionFile(tool Tool, caPath string) ([]byte, error) {
	var b strings.Builder
	b.WriteString("[client]\n")
	add := func(key, value string) error {
		if strings.IndexFunc(value, func(r rune) bool { return r < ' ' }) >= 0 {
			return fault.New(fault.Invalid, "control_character", "A control character in the %s of %s is not possible.", key, at.Host)
		}
		fmt.Fprintf(&b, "%s=\"%s\"\n", key, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value))
		return nil
	}
	for _, option := range [][2]string{{"user", at.User}, {"password", at.Password.Reveal()}, {"host", at.Host}} {
		if err := add(option[0], option[1]); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(&b, "port=%d\nprotocol=tcp\n", at.Port)
	if caPath != "" && at.TLS != TLSNone {
		fmt.Fprintf(&b, "ssl-ca=%s\n", caPath)
	}
	if tool.Has("ssl-mode") {
		fmt.Fprintf(&b, "ssl-mode=%s\n", [...]string{"DISABLED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"}[at.TLS])
	} else { // MariaDB, and MySQL before 5.7.11
		b.WriteString(map[TLS]string{
			TLSNone:    "skip-ssl\n",
			TLSEncrypt: "ssl\nskip-ssl-verify-server-cert\n",
			// these clients know no check of the chain without that of the name
			TLSVerifyCA: "ssl\nssl-verify-server-cert\n", TLSVerifyName: "ssl\nssl-verify-server-cert\n",
		}[at.TLS])
	}
	if at.TLS == TLSNone && tool.Has("get-server-public-key") {
		b.WriteString("get-server-public-key\n") // caching_sha2_password needs a key where there is no TLS
	}
	return []byte(b.String()), nil
}
