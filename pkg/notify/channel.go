package notify

import (
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

// Kind is what a channel speaks to.
type Kind string

// The kinds.
const (
	Email    Kind = "email"
	DingTalk Kind = "dingtalk"
	WeCom    Kind = "wecom"
	Feishu   Kind = "feishu" // Lark too
	Slack    Kind = "slack"
	Teams    Kind = "teams"
	Webhook  Kind = "webhook"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Email, DingTalk, WeCom, Feishu, Slack, Teams, Webhook} }

// Rule says which messages a channel gets. An empty list of environments or teams means all of them.
type Rule struct {
	Types          []Type   `json:"types"`
	EnvironmentIDs []int64  `json:"environment_ids,omitempty"` // the source's or the target's
	Teams          []string `json:"teams,omitempty"`           // the requester's
}

// Settings are the open part of a channel. Only Host applies to other kinds than mail; it comes from the address.
type Settings struct {
	Host       string   `json:"host"` // for a mail server without the port
	Port       int      `json:"port,omitempty"`
	TLS        string   `json:"tls,omitempty"` // starttls, tls, none
	Username   string   `json:"username,omitempty"`
	From       string   `json:"from,omitempty"`       // address
	Recipients []string `json:"recipients,omitempty"` // addresses that get every message, beside the people concerned
}

// Health is what is known of a channel's deliveries.
type Health struct {
	LastSuccessAt time.Time
	LastErrorAt   time.Time
	LastError     string
	Failures      int       // in a row
	ResumeAt      time.Time // the next try while it fails
	Queued        int64
	Dead          int64
}

// Channel is one way out of the installation. The address of a robot is a credential: it is kept like a password and
// only its host is shown.
type Channel struct {
	ID        int64
	Name      string
	Kind      Kind
	Language  string // of its cards; mails to people are in their own
	Settings  Settings
	Rule      Rule
	Paused    bool
	HasURL    bool
	HasSecret bool
	Version   int
	Health    Health
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Secrets are the hidden part of a channel: the address of a robot or webhook, and its signing key or the mail
// password. An unset one is left as it is.
type Secrets struct {
	URL    secret.String
	Secret secret.String
}

const (
	maxName       = 64
	maxURL        = 2000
	maxSecret     = 1024
	maxRecipients = 20
	maxTeams      = 50
	maxEmail      = 254
)

type problems []fault.Field

func (p *problems) add(field, code, message string) {
	*p = append(*p, fault.Field{Name: field, Code: code, Message: message})
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Code: p[0].Code, Message: p[0].Message, Fields: p}
}

// check is what every stored channel satisfies.
func (c Channel) check() problems {
	var p problems
	switch {
	case c.Name == "" || c.Name != strings.TrimSpace(c.Name):
		p.add("name", "required", "Give the channel a name, without spaces around it.")
	case utf8.RuneCountInString(c.Name) > maxName:
		p.add("name", "too_long", "At most 64 characters.")
	case !isLine(c.Name):
		p.add("name", "control_char", "The text contains a character that cannot be shown.")
	}
	if !slices.Contains(Kinds(), c.Kind) {
		p.add("kind", "unknown_value", "There is no kind of channel of that name.")
	}
	if !knownLanguage(c.Language) {
		p.add("language", "unknown_value", "Choose en or zh.")
	}
	if c.Kind == Email {
		p = append(p, c.Settings.check()...)
	}
	return append(p, c.Rule.check()...)
}

func (r Rule) check() problems {
	var p problems
	if len(r.Types) == 0 {
		p.add("types", "required", "Choose at least one thing to be told of.")
	}
	for i, t := range r.Types {
		if !t.Known() || slices.Contains(r.Types[:i], t) {
			p.add("types", "unknown_value", "This list names something unknown, or something twice.")
			break
		}
	}
	if len(r.Teams) > maxTeams || slices.ContainsFunc(r.Teams, func(team string) bool {
		return team == "" || utf8.RuneCountInString(team) > 100 || !isLine(team)
	}) {
		p.add("teams", "not_valid", "A team is one line of at most 100 characters, and there are at most 50.")
	}
	return p
}

func (s Settings) check() problems {
	var p problems
	if s.Host == "" || len(s.Host) > 253 || strings.ContainsAny(s.Host, " /:@[]\\\"'<>") && net.ParseIP(s.Host) == nil || !isLine(s.Host) {
		p.add("host", "not_valid", "The host is a DNS name or an IP address, without a port or a path.")
	}
	if s.Port < 1 || s.Port > 65535 {
		p.add("port", "out_of_range", "The port is 1 to 65535; 587 for STARTTLS, 465 for TLS.")
	}
	if !slices.Contains([]string{"starttls", "tls", "none"}, s.TLS) {
		p.add("tls", "unknown_value", "Choose starttls, tls or none.")
	}
	if s.TLS == "none" && s.Username != "" {
		p.add("tls", "not_encrypted", "A password is only sent over an encrypted connection: choose starttls or tls.")
	}
	if len(s.Username) > maxEmail || !isLine(s.Username) {
		p.add("username", "not_valid", "The user name is one line of at most 254 characters.")
	}
	if !isAddress(s.From) {
		p.add("from", "not_valid", "Give the address that mails come from, like overmind@example.com.")
	}
	if len(s.Recipients) > maxRecipients || slices.ContainsFunc(s.Recipients, func(a string) bool { return !isAddress(a) }) {
		p.add("recipients", "not_valid", "Give at most 20 addresses like dba@example.com.")
	}
	return p
}

// check judges the secrets that are given for a channel of that kind.
func (s Secrets) check(kind Kind) problems {
	var p problems
	if kind == Email {
		if s.URL.IsSet() {
			p.add("url", "not_for_email", "A mail server has a host and a port, not an address.")
		}
	} else if s.URL.IsSet() {
		if _, err := parseURL(s.URL.Reveal()); err != nil {
			p = append(p, fault.As(err).Fields...)
		}
	}
	if value := s.Secret.Reveal(); len(value) > maxSecret || !isLine(value) {
		p.add("secret", "not_valid", "The secret is one line of at most 1024 characters.")
	} else if kind == Webhook && value != "" {
		if _, err := webhookKey(value); err != nil {
			p.add("secret", "not_valid", "The secret is whsec_ followed by 24 to 64 bytes in base64.")
		}
	}
	return p
}

// parseURL takes an http or https address without a user in it.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURL || !isLine(text) || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" ||
		u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return nil, fault.OnField("url", "not_valid", "Give an address like https://example.com/hook, of at most 2000 characters, without a user or a #.")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, fault.OnField("url", "not_valid", "The port is 1 to 65535.")
		}
	}
	return u, nil
}

// isAddress takes a bare mail address in ASCII; a display name or a comment makes it something else.
func isAddress(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err == nil && parsed.Address == text && parsed.Name == "" && len(text) <= maxEmail && isASCII(text) &&
		!strings.ContainsAny(text, "\"() ,;<>\\")
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// isLine refuses line breaks and the marks that make text read differently than it is stored.
func isLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	})
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
