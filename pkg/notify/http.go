package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"overmind/pkg/secret"
)

// robot is what one provider of group messages wants.
type robot interface {
	// card is the message as the provider shows it, without proof of who sends it.
	card(m Message) any
	// sign adds the proof to the request; body is the encoded card and may be replaced.
	sign(r *outgoing, key secret.String, now time.Time) error
	// judge tells whether the answer means that the message was taken; nil if so.
	judge(a answer) *Failure
}

// outgoing is a request before it is sent.
type outgoing struct {
	id     string
	url    *url.URL
	header http.Header
	card   any
	body   []byte // the encoded card; empty until encode
}

func (o *outgoing) encode() (err error) {
	o.body, err = encodeCard(o.card)
	return err
}

// encodeCard keeps <, > and & as they are: they are for people, not for a browser.
func encodeCard(card any) ([]byte, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(card); err != nil {
		return nil, fmt.Errorf("notify: encode a card: %w", err)
	}
	return bytes.TrimSpace(body.Bytes()), nil
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

const (
	sendTime  = 15 * time.Second
	maxReply  = 64 << 10
	maxHeader = 32 << 10
	longest   = time.Hour // a provider may not silence us for longer
)

// poster sends the requests. It follows no redirect, uses no proxy and asks the guard about each connection.
type poster struct {
	plain, secure *http.Client
	now           func() time.Time
}

func newPoster(g Guard, roots *x509.CertPool, now func() time.Time) poster {
	client := func(dial func(context.Context, string, string) (net.Conn, error)) *http.Client {
		return &http.Client{
			Timeout:       sendTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				DialContext:            dial,
				TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
				TLSHandshakeTimeout:    sendTime,
				MaxResponseHeaderBytes: maxHeader,
				IdleConnTimeout:        time.Minute,
				ForceAttemptHTTP2:      true,
			},
		}
	}
	return poster{plain: client(g.dialer(false)), secure: client(g.dialer(true)), now: now}
}

// post sends a message to a robot once.
func (p poster) post(ctx context.Context, provider robot, s Secrets, m Message) error {
	at, err := parseURL(s.URL.Reveal())
	if err != nil {
		return &Failure{Code: "not_configured", Answer: "the channel has no address; enter it again"}
	}
	out := &outgoing{id: m.ID, url: at, header: http.Header{}, card: provider.card(m)}
	if err := out.encode(); err != nil {
		return err
	}
	if err := provider.sign(out, s.Secret, p.now()); err != nil {
		return err
	}
	got, err := p.send(ctx, out)
	if err != nil {
		return err
	}
	if f := common(got, p.now()); f != nil {
		return f
	}
	if f := provider.judge(got); f != nil {
		return f
	}
	return nil
}

func (p poster) send(ctx context.Context, out *outgoing) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, out.url.String(), bytes.NewReader(out.body))
	if err != nil {
		return answer{}, &Failure{Code: "not_configured", Answer: "the channel's address is not valid"}
	}
	request.Header = out.header
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "Overmind")
	client := p.secure
	if out.url.Scheme == "http" {
		client = p.plain
	}
	response, err := client.Do(request)
	if err != nil {
		var hidden *url.Error // its text has the whole address in it, which is a credential
		if errors.As(err, &hidden) {
			err = hidden.Err
		}
		return answer{}, dialFailure(err)
	}
	defer func() { _ = response.Body.Close() }() // read to its limit; nothing to do about it
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReply))
	if err != nil {
		return answer{}, dialFailure(err)
	}
	return answer{status: response.StatusCode, header: response.Header, body: body}, nil
}

// common judges what means the same with every provider.
func common(a answer, now time.Time) *Failure {
	switch {
	case a.status == http.StatusTooManyRequests:
		return &Failure{Code: "rate_limited", Answer: a.said(), After: retryAfter(a.header.Get("Retry-After"), now)}
	case a.status == http.StatusServiceUnavailable:
		return &Failure{Code: "not_accepted", Answer: a.said(), After: retryAfter(a.header.Get("Retry-After"), now)}
	case a.status >= 300 && a.status < 400:
		return &Failure{Code: "redirected", Answer: fmt.Sprintf("HTTP %d: redirects are not followed; enter the final address", a.status)}
	case a.status == http.StatusRequestEntityTooLarge || a.status == http.StatusUnprocessableEntity:
		return &Failure{Code: "not_accepted", Answer: a.said(), OnlyThis: true}
	case a.status < 200 || a.status > 299:
		return &Failure{Code: "not_accepted", Answer: a.said()}
	}
	return nil
}

func (a answer) said() string {
	return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", a.status, clip(oneLine(string(a.body)), maxAnswer)))
}

// retryAfter reads seconds or a date; 0 is neither.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return min(time.Duration(min(seconds, 1<<20))*time.Second, longest)
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return min(at.Sub(now), longest)
	}
	return 0
}

// coded reads the number that DingTalk, WeCom and Feishu answer in the body of an HTTP 200; 0 is success. An answer that
// has none did not come from the provider.
func coded(a answer, fields ...string) (code int64, failure *Failure) {
	var body map[string]json.RawMessage
	if json.Unmarshal(a.body, &body) == nil {
		for _, field := range fields {
			if json.Unmarshal(body[field], &code) == nil {
				return code, nil
			}
		}
	}
	return 0, &Failure{Code: "not_accepted", Answer: "not an answer of this provider: " + a.said()}
}
