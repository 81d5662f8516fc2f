package inventory

import (
	"crypto/x509"
	"encoding/pem"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"overmind/pkg/engine"
	"overmind/pkg/secret"
)

const (
	maxName     = 64
	maxText     = 100
	maxUser     = 80 // MariaDB's limit; MySQL's is 32
	maxPassword = 1024
	maxLabels   = 32
	maxLabel    = 200
	maxCA       = 64 << 10
)

var (
	labelForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9._/-]{0,62}[a-z0-9])?$`)
	groupForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$`)
	tlsModes  = []engine.TLSMode{engine.TLSOff, engine.TLSPreferred, engine.TLSRequired, engine.TLSVerifyCA, engine.TLSVerifyFull}
)

// line refuses text that is not one line, is not shown as it is stored, or has too few or too many characters.
func (p *problems) line(field, value string, least, most int) {
	switch length := utf8.RuneCountInString(value); {
	case !isLine(value):
		p.add(field, "control_char", "The text contains a character that cannot be shown.")
	case length < least:
		p.add(field, "required", "This must not be empty.")
	case length > most:
		p.add(field, "too_long", "At most %d characters.", most)
	case value != strings.TrimSpace(value):
		p.add(field, "not_valid", "The text begins or ends with a space.")
	}
}

// isLine refuses line breaks and the marks that make text read differently than it is stored.
func isLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	})
}

// check is what every stored instance satisfies. Whether the host may be used is AddressPolicy's part.
func (in Instance) check() error {
	var p problems
	p.line("name", in.Name, 1, maxName)
	p.line("owner", in.Owner, 0, maxText)
	if err := checkHost(in.Host); err != nil {
		p = append(p, err.Fields...)
	}
	if in.Port < 1 || in.Port > 65535 {
		p.add("port", "out_of_range", "The port is between 1 and 65535.")
	}
	if !slices.Contains(tlsModes, in.TLS) {
		p.add("tls", "unknown_value", "TLS is off, preferred, required, verify-ca or verify-full.")
	}
	p.ca(in)
	p.line("read_user", in.ReadAccount.User, 0, maxUser)
	p.line("load_user", in.LoadAccount.User, 0, maxUser)
	if in.ReadAccount.User == "" && in.LoadAccount.User == "" {
		p.add("read_user", "required", "Give at least one account: one to read with, or one to load with.")
	}
	if !groupForm.MatchString(in.WorkerGroup) {
		p.add("worker_group", "not_valid", "A worker group has 1 to 64 small letters, digits, - and _.")
	}
	p.labels(in.Labels)
	p.limits(in.Limits)
	return p.err()
}

func (p *problems) ca(in Instance) {
	verifies := in.TLS == engine.TLSVerifyCA || in.TLS == engine.TLSVerifyFull
	switch {
	case in.TLSCA == "" && in.TLS == engine.TLSVerifyCA:
		p.add("tls_ca", "required", "verify-ca needs the CA's certificate.")
	case in.TLSCA == "":
	case len(in.TLSCA) > maxCA:
		p.add("tls_ca", "too_long", "The CA certificate may have at most %d KiB.", maxCA>>10)
	case strings.Contains(in.TLSCA, "PRIVATE KEY"):
		p.add("tls_ca", "private_key", "This contains a private key. Give only the CA's certificate, and consider the key as disclosed.")
	case !isCertificates(in.TLSCA):
		p.add("tls_ca", "not_pem", "The CA must be a certificate in PEM form, not a path.")
	case !verifies:
		p.add("tls_ca", "not_used", "A CA is used only with verify-ca and verify-full.")
	}
}

func (p *problems) limits(l Limits) {
	for _, x := range []struct {
		field              string
		value, least, most int
	}{
		{"limits.connections", l.Connections, engine.LeastConnections, 10_000},
		{"limits.megabytes_per_second", l.MegabytesPerSecond, 0, 100_000},
		{"limits.threads_running", l.ThreadsRunning, 0, 100_000},
		{"limits.lag_seconds", l.LagSeconds, 0, 86_400},
	} {
		if x.value < x.least || x.value > x.most {
			p.add(x.field, "out_of_range", "This is a number from %d to %d.", x.least, x.most)
		}
	}
}

func isCertificates(text string) bool {
	rest, found := []byte(text), 0
	for len(strings.TrimSpace(string(rest))) > 0 {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return false
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return false
		}
		found++
	}
	return found > 0
}

func (p *problems) labels(labels map[string]string) {
	if len(labels) > maxLabels {
		p.add("labels", "too_many", "At most %d labels.", maxLabels)
		return
	}
	for name, value := range labels {
		if !labelForm.MatchString(name) {
			p.add("labels", "not_valid", "%q is not a label name: small letters, digits and . _ / -.", name)
		}
		p.line("labels", value, 0, maxLabel)
	}
}

// check refuses passwords that no client can send, and those for an account that is not there.
func (pw Passwords) check(in Instance) error {
	var p problems
	for _, given := range []struct {
		field    string
		password secret.String
		user     string
	}{{"read_password", pw.Read, in.ReadAccount.User}, {"load_password", pw.Load, in.LoadAccount.User}} {
		value := given.password.Reveal()
		switch {
		case value == "":
		case given.user == "":
			p.add(given.field, "no_user", "There is a password without a user.")
		case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
			p.add(given.field, "control_char", "The password contains a line break or another control character.")
		case len(value) > maxPassword:
			p.add(given.field, "too_long", "The password may have at most %d bytes.", maxPassword)
		}
	}
	return p.err()
}
