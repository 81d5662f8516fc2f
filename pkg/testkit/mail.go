package testkit

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// MailUser and MailPassword are the account that a mail server with encryption asks for.
const (
	MailUser     = "overmind"
	MailPassword = "correct horse battery"
)

// Mail is a real SMTP server that keeps what it takes. Set the functions before anybody connects.
type Mail struct {
	Host  string
	Port  int
	Roots *x509.CertPool             // vouches for its certificate
	Rcpt  func(address string) error // what RCPT is answered; nil: everybody is known
	Data  func() error               // what the end of DATA is answered; nil: taken

	signIn bool
	mu     sync.Mutex
	taken  []TakenMail
}

// TakenMail is a mail that the server has answered for.
type TakenMail struct {
	From string
	To   []string
	Raw  string
}

// StartMail starts a server on 127.0.0.1 that speaks starttls, tls or none; with encryption it asks for the account.
func StartMail(t testing.TB, mode string) *Mail {
	t.Helper()
	web := httptest.NewUnstartedServer(nil) // for its certificate, which names 127.0.0.1
	web.StartTLS()
	t.Cleanup(web.Close)
	m := &Mail{Host: "127.0.0.1", Roots: x509.NewCertPool(), signIn: mode != "none"}
	m.Roots.AddCert(web.Certificate())
	server := smtp.NewServer(m)
	server.Domain, server.ErrorLog = "mail.example.com", log.New(io.Discard, "", 0)
	config := &tls.Config{Certificates: web.TLS.Certificates}
	if mode == "starttls" {
		server.TLSConfig = config
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	m.Port = listener.Addr().(*net.TCPAddr).Port
	if mode == "tls" {
		listener = tls.NewListener(listener, config)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return m
}

// Mails are those taken so far.
func (m *Mail) Mails() []TakenMail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.taken)
}

// NewSession implements smtp.Backend.
func (m *Mail) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{server: m}, nil }

type mailSession struct {
	server *Mail
	signed bool
	mail   TakenMail
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != MailUser || password != MailPassword {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "Authentication credentials invalid"}
		}
		s.signed = true
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.signIn && !s.signed {
		return smtp.ErrAuthRequired
	}
	s.mail.From = from
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.server.Rcpt != nil {
		if err := s.server.Rcpt(to); err != nil {
			return err
		}
	}
	s.mail.To = append(s.mail.To, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.server.Data != nil {
		if err := s.server.Data(); err != nil {
			return err
		}
	}
	s.mail.Raw = string(raw)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.taken = append(s.server.taken, s.mail)
	return nil
}

func (s *mailSession) Reset()        { s.mail = TakenMail{} }
func (s *mailSession) Logout() error { return nil }
