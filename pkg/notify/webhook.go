package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"overmind/pkg/secret"
)

// webhook is any program: JSON, signed as https://www.standardwebhooks.com describes.
type webhook struct{}

type webhookCard struct {
	Type      Type        `json:"type"`
	Timestamp time.Time   `json:"timestamp"`
	Data      webhookData `json:"data"`
}

type webhookData struct {
	Facts
	Subject string `json:"subject"`
	URL     string `json:"url"`
}

func (webhook) card(m Message) any {
	return webhookCard{Type: m.Notice.Type, Timestamp: m.Notice.At.UTC(), Data: webhookData{Facts: m.Notice.Facts, Subject: m.Subject, URL: m.Link}}
}

func (webhook) sign(r *outgoing, key secret.String, now time.Time) error {
	stamp := strconv.FormatInt(now.Unix(), 10)
	r.header.Set("webhook-id", r.id)
	r.header.Set("webhook-timestamp", stamp)
	if !key.IsSet() {
		return nil
	}
	raw, err := webhookKey(key.Reveal())
	if err != nil {
		return &Failure{Code: "not_configured", Answer: "the signing secret cannot be used; enter it again"}
	}
	mac := hmac.New(sha256.New, raw)
	mac.Write([]byte(r.id + "." + stamp + "."))
	mac.Write(r.body)
	r.header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return nil
}

// webhookKey decodes a secret of the form `whsec_<base64 of 24 to 64 bytes>`.
func webhookKey(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whsec_"))
	if err != nil || len(raw) < 24 || len(raw) > 64 {
		return nil, errors.New("not a webhook secret")
	}
	return raw, nil
}

// judge takes any 2xx, whatever stands in it.
func (webhook) judge(answer) *Failure { return nil }
