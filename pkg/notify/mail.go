package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"overmind/pkg/secret"
)

// mailer sends mails, one connection each.
type mailer struct {
	guard Guard
	roots *x509.CertPool // nil: the system's
	host  string         // right side of message ids and the name we greet with
}

func newMailer(g Guard, roots *x509.CertPool, link string) mailer {
	host := "overmind.invalid"
	if u, err := url.Parse(link); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return mailer{guard: g, roots: roots, host: host}
}

// recipient is whom a mail is for.
type recipient struct{ name, address string }

// send sends one mail once.
func (s mailer) send(ctx context.Context, at Settings, password secret.String, to recipient, m Message) error {
	mail, err := s.mail(at, to, m)
	if err != nil {
		return err
	}
	if at.Username != "" && !password.IsSet() {
		return &Failure{Code: "not_configured", Answer: "the mail password is missing; enter it again"}
	}
	var line net.Conn
	defer func() {
		if line != nil {
			_ = line.Close() // what was said on it has been answered, or failed
		}
	}()
	client, err := s.client(at, password, &line)
	if err != nil {
		return &Failure{Code: "not_configured", Answer: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return connectFailure(err)
	}
	defer context.AfterFunc(ctx, func() { _ = line.SetDeadline(time.Unix(1, 0)) })() // the library's own limits are for each step
	if err := client.Send(mail); err != nil && !mail.IsDelivered() {
		return mailFailure(err)
	}
	_ = client.Close() // says goodbye; the message is taken
	return nil
}

// client is ready to connect. line becomes the connection, because the library leaves it open when signing in fails.
func (s mailer) client(at Settings, password secret.String, line *net.Conn) (*gomail.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: at.Host, RootCAs: s.roots}
	policy := map[string]gomail.TLSPolicy{"starttls": gomail.TLSMandatory, "tls": gomail.TLSOpportunistic, "none": gomail.NoTLS}[at.TLS]
	dial := s.guard.dialer(at.TLS != "none")
	connect := func(ctx context.Context, network, address string) (_ net.Conn, err error) {
		if *line, err = dial(ctx, network, address); err != nil || at.TLS != "tls" {
			return *line, err
		}
		secured := tls.Client(*line, config)
		return secured, secured.HandshakeContext(ctx)
	}
	options := []gomail.Option{gomail.WithPort(at.Port), gomail.WithTimeout(sendTime), gomail.WithTLSConfig(config),
		gomail.WithHELO(s.host), gomail.WithTLSPolicy(policy), gomail.WithDialContextFunc(connect)}
	if at.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(at.Username),
			gomail.WithPassword(password.Reveal()))
	}
	return gomail.NewClient(at.Host, options...)
}

// unquoted takes from a name what would end the quotes that the library puts around it.
var unquoted = strings.NewReplacer(`"`, "'", `\`, "/")

// mail builds a message with exactly one recipient. Its id is the same for every try.
func (s mailer) mail(at Settings, to recipient, m Message) (*gomail.Msg, error) {
	mail := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := mail.FromFormat("Overmind", at.From); err != nil {
		return nil, &Failure{Code: "not_configured", Answer: "the sender's address is not valid"}
	}
	if !isAddress(to.address) {
		return nil, &Failure{Code: "refused", Answer: "the address is not valid", OnlyThis: true, Final: true}
	}
	if err := mail.AddToFormat(unquoted.Replace(oneLine(to.name)), to.address); err != nil {
		return nil, &Failure{Code: "refused", Answer: "the address is not valid", OnlyThis: true, Final: true}
	}
	text, html, err := m.mail()
	if err != nil {
		return nil, err
	}
	mail.Subject("[Overmind] " + oneLine(m.Subject))
	mail.SetMessageIDWithValue(m.ID + "@" + s.host)
	mail.SetDateWithValue(m.Notice.At)
	mail.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Notice.Facts.TicketID != 0 {
		// Mails of one ticket stand together.
		mail.SetGenHeader(gomail.HeaderReferences, fmt.Sprintf("<ticket-%d@%s>", m.Notice.Facts.TicketID, s.host))
	}
	mail.SetBodyString(gomail.TypeTextPlain, text)
	mail.AddAlternativeString(gomail.TypeTextHTML, html)
	return mail, nil
}

// connectFailure is about everything before the first message: address, TLS, signing in.
func connectFailure(err error) *Failure {
	f := dialFailure(err)
	if f.Code == "unreachable" && !isTimeout(err) {
		var op *net.OpError
		if !errors.As(err, &op) {
			f.Code, f.Answer = "refused", err.Error()
		}
	}
	return f
}

// mailFailure tells what is wrong with one recipient from what is wrong with the server.
func mailFailure(err error) error {
	var sent *gomail.SendError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &sent):
		return dialFailure(err)
	}
	f := &Failure{Code: "refused", Answer: err.Error()}
	code := sent.ErrorCode()
	switch sent.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPDataClose:
		f.OnlyThis = code != 0 && code != 421
		f.Final = code >= 500
	}
	if code == 0 {
		f.Code = "unreachable"
	}
	return f
}
