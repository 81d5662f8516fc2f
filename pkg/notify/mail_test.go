package notify

import (
	"context"
	"crypto/x509"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

// mailServer is a real SMTP server with the settings of a channel for it.
type mailServer struct {
	*testkit.Mail
	settings Settings
}

func startMailServer(t *testing.T, mode string) *mailServer {
	t.Helper()
	s := &mailServer{testkit.StartMail(t, mode), Settings{Host: "127.0.0.1", TLS: mode, From: "overmind@example.com"}}
	s.settings.Port = s.Port
	if mode != "none" {
		s.settings.Username = testkit.MailUser
	}
	return s
}

func (s *mailServer) mailer() mailer {
	return newMailer(atHome, s.Roots, "https://overmind.example.com")
}

func (s *mailServer) send(ctx context.Context, to recipient, m Message) error {
	return s.mailer().send(ctx, s.settings, secret.New(testkit.MailPassword), to, m)
}

var ann = recipient{"Ann", "ann@example.com"}

func TestMail_ArrivesWithEveryEncryption(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"starttls", "tls", "none"} {
		s := startMailServer(t, mode)
		require.NoError(t, s.send(t.Context(), ann, sample(t, Approved, "zh")), mode)
		require.Len(t, s.Mails(), 1, mode)
		got := s.Mails()[0]
		require.Equal(t, []string{"ann@example.com"}, got.To)
		parsed, err := mail.ReadMessage(strings.NewReader(got.Raw))
		require.NoError(t, err)
		require.Equal(t, "<message-1@overmind.example.com>", parsed.Header.Get("Message-ID"))
		require.Equal(t, "auto-generated", parsed.Header.Get("Auto-Submitted"))
		require.Contains(t, parsed.Header.Get("Content-Type"), "multipart/alternative")
		require.Contains(t, got.Raw, "Content-Type: text/plain")
		require.Contains(t, got.Raw, "Content-Type: text/html")
	}
}

func TestMail_ACertificateThatNobodyVouchesForIsRefused(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"starttls", "tls"} {
		s := startMailServer(t, mode)
		s.Roots = x509.NewCertPool()
		err := s.send(t.Context(), ann, sample(t, Approved, "en"))
		require.Contains(t, failureOf(err).Answer, "certificate", mode)
		require.Empty(t, s.Mails())
	}
}

// A server that offers no STARTTLS, or one in between that takes the offer away, gets neither password nor mail.
func TestMail_WithoutTheAskedEncryptionNothingIsSent(t *testing.T) {
	t.Parallel()
	s := startMailServer(t, "none")
	s.settings.TLS, s.settings.Username = "starttls", "overmind"
	f := failureOf(s.send(t.Context(), ann, sample(t, Approved, "en")))
	require.Contains(t, f.Answer, "STARTTLS")
	require.False(t, f.OnlyThis)
	require.Empty(t, s.Mails())
}

func TestMail_AWrongPasswordFailsTheChannelAndIsNotShown(t *testing.T) {
	t.Parallel()
	s := startMailServer(t, "starttls")
	wrong := secret.New("wrong password")
	f := failureOf(s.mailer().send(t.Context(), s.settings, wrong, ann, sample(t, Approved, "en")), wrong)
	require.Equal(t, "refused", f.Code)
	require.Contains(t, f.Answer, "535")
	require.False(t, f.OnlyThis || f.Final)
	require.NotContains(t, f.Answer, "wrong password")
}

func TestMail_TellsABadAddressFromABadServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code            int
		onlyThis, final bool
	}{{550, true, true}, {450, true, false}, {421, false, false}} {
		s := startMailServer(t, "starttls")
		s.Rcpt = func(string) error { return &smtp.SMTPError{Code: c.code, Message: "not now, or never"} }
		f := failureOf(s.send(t.Context(), ann, sample(t, Approved, "en")))
		require.Equal(t, []bool{c.onlyThis, c.final}, []bool{f.OnlyThis, f.Final}, "%d %s", c.code, f.Answer)
		require.Contains(t, f.Answer, "not now, or never")
	}
	s := startMailServer(t, "starttls")
	s.Data = func() error { return &smtp.SMTPError{Code: 554, Message: "looks like spam"} }
	f := failureOf(s.send(t.Context(), ann, sample(t, Approved, "en")))
	require.True(t, f.OnlyThis && f.Final, f)
}

func TestMail_AServerThatDoesNotAnswerEndsTheTry(t *testing.T) {
	t.Parallel()
	s := startMailServer(t, "starttls")
	released := make(chan struct{})
	defer close(released)
	s.Data = func() error { <-released; return nil }
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	require.Equal(t, "unreachable", failureOf(s.send(ctx, ann, sample(t, Approved, "en"))).Code)
}

func TestMail_AnAddressThatIsNotAllowedIsNotConnectedTo(t *testing.T) {
	t.Parallel()
	s := startMailServer(t, "starttls")
	m := newMailer(Guard{}, s.Roots, "https://overmind.example.com")
	f := failureOf(m.send(t.Context(), s.settings, secret.New(testkit.MailPassword), ann, sample(t, Approved, "en")))
	require.Equal(t, "refused_address", f.Code)
}

// injections are texts that would add a header or a recipient, were they written as they are.
var injections = []string{
	"x\r\nBcc: evil@example.com", "x\nBcc: evil@example.com", "x\rBcc: evil@example.com", "x\r\n\r\nBcc: evil@example.com",
	"x\r\nTo: evil@example.com", "x\r\nCc: evil@example.com", "x\r\nSubject: paid", "x\r\nContent-Type: text/html\r\n\r\n<b>",
	"x\r\n.\r\nRCPT TO:<evil@example.com>", "x\u2028Bcc: evil@example.com", "x\u2029Bcc: evil@example.com", "x\u0085Bcc: evil@example.com",
	"x\x00\r\nBcc: evil@example.com", "x\v\fBcc: evil@example.com", "x%0d%0aBcc: evil@example.com", "=?utf-8?q?x=0D=0ABcc:_evil@example.com?=",
	"\"x\" <evil@example.com>, y", "x>, <evil@example.com", "x\r\n Bcc: evil@example.com", "x\u202eBcc: evil@example.com\r\nReply-To: evil@example.com",
}

func TestMail_NoTextAddsARecipientOrAHeader(t *testing.T) {
	t.Parallel()
	require.Len(t, injections, 20)
	s := startMailServer(t, "starttls")
	clean := headersOf(t, s, func(*Facts) {}, "Ann")
	for _, payload := range injections {
		require.Equal(t, clean, headersOf(t, s, func(f *Facts) {
			f.Title, f.Requester, f.Team, f.Actor, f.Text = payload, payload, payload, payload, payload
			f.Source, f.Target = &Place{payload, payload, payload}, &Place{payload, payload, payload}
		}, payload), "%q", payload)
	}
	for _, payload := range injections { // as an address: refused, nothing is sent
		f := failureOf(s.send(t.Context(), recipient{"Ann", payload}, sample(t, Approved, "en")))
		require.True(t, f.Final && f.OnlyThis, "%q", payload)
	}
	require.Len(t, s.Mails(), 1+len(injections))
}

func TestMail_WhateverTheirNamePeopleAreWrittenTo(t *testing.T) {
	t.Parallel()
	s := startMailServer(t, "starttls")
	for _, name := range []string{"", `5" pipe`, `back\`, `"`, `Li "Leo" Wei`, "(", "李伟"} {
		headersOf(t, s, func(*Facts) {}, name)
	}
}

// headersOf sends a mail with these facts and gives the names of its headers; the recipient must be the one intended.
func headersOf(t *testing.T, s *mailServer, change func(*Facts), name string) (names []string) {
	t.Helper()
	n := sample(t, Approved, "en").Notice
	change(&n.Facts)
	m, err := composer{link: "https://overmind.example.com", zone: time.UTC}.compose(n, "en", "message-1")
	require.NoError(t, err)
	require.NoError(t, s.send(t.Context(), recipient{name, "ann@example.com"}, m))
	got := s.Mails()[len(s.Mails())-1]
	require.Equal(t, []string{"ann@example.com"}, got.To)
	parsed, err := mail.ReadMessage(strings.NewReader(got.Raw))
	require.NoError(t, err)
	to, err := parsed.Header.AddressList("To")
	require.NoError(t, err)
	require.Len(t, to, 1)
	require.Equal(t, "ann@example.com", to[0].Address)
	for _, line := range strings.Split(strings.SplitN(got.Raw, "\r\n\r\n", 2)[0], "\r\n") {
		if header, _, found := strings.Cut(line, ":"); found && !strings.HasPrefix(line, " ") {
			names = append(names, header)
		}
	}
	return names
}
