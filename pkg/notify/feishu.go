package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"overmind/pkg/secret"
)

// feishu is a group robot of Feishu or Lark: an interactive card, signed with timestamp and key in the body.
// https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
type feishu struct{}

type feishuCard struct {
	Timestamp string     `json:"timestamp,omitempty"`
	Sign      string     `json:"sign,omitempty"`
	MsgType   string     `json:"msg_type"`
	Card      feishuBody `json:"card"`
}

type feishuBody struct {
	Config   map[string]bool `json:"config"`
	Header   feishuHeader    `json:"header"`
	Elements []feishuElement `json:"elements"`
}

type feishuHeader struct {
	Template string     `json:"template"`
	Title    feishuText `json:"title"`
}

type feishuText struct {
	Tag     string `json:"tag"`
	Content string `json:"content"`
}

type feishuElement struct {
	Tag     string         `json:"tag"`
	Text    *feishuText    `json:"text,omitempty"`
	Fields  []feishuField  `json:"fields,omitempty"`
	Actions []feishuAction `json:"actions,omitempty"`
}

type feishuField struct {
	IsShort bool       `json:"is_short"`
	Text    feishuText `json:"text"`
}

type feishuAction struct {
	Tag  string     `json:"tag"`
	Type string     `json:"type"`
	URL  string     `json:"url"`
	Text feishuText `json:"text"`
}

var feishuColours = map[tone]string{toneInfo: "blue", toneGood: "green", toneWait: "orange", toneBad: "red"}

// card writes all texts of people as plain text, which nothing in them can turn into a mention or a link.
func (feishu) card(m Message) any {
	plain := func(text string) feishuText { return feishuText{"plain_text", text} }
	body := feishuBody{Config: map[string]bool{"wide_screen_mode": true},
		Header: feishuHeader{Template: feishuColours[m.tone], Title: plain(m.Headline)}}
	var facts []feishuField
	for _, f := range m.Facts {
		facts = append(facts, feishuField{Text: plain(f.Label + ": " + f.Value)})
	}
	body.Elements = append(body.Elements, feishuElement{Tag: "div", Fields: facts})
	if m.Text != "" {
		text := plain(m.TextLabel + ":\n" + m.Text)
		body.Elements = append(body.Elements, feishuElement{Tag: "hr"}, feishuElement{Tag: "div", Text: &text})
	}
	body.Elements = append(body.Elements, feishuElement{Tag: "action",
		Actions: []feishuAction{{Tag: "button", Type: "primary", URL: m.Link, Text: plain(m.LinkText)}}})
	return feishuCard{MsgType: "interactive", Card: body}
}

// sign uses timestamp and key as the key of an empty message, as Feishu wants it.
func (feishu) sign(r *outgoing, key secret.String, now time.Time) error {
	card, is := r.card.(feishuCard)
	if !is || !key.IsSet() {
		return nil
	}
	card.Timestamp = strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(card.Timestamp+"\n"+key.Reveal()))
	card.Sign = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	r.card = card
	return r.encode()
}

func (feishu) judge(a answer) *Failure {
	code, failure := coded(a, "code", "StatusCode")
	switch {
	case failure != nil:
		return failure
	case code == 0:
		return nil
	case code == 11232: // too many messages
		return &Failure{Code: "rate_limited", Answer: a.said(), After: time.Minute}
	}
	return &Failure{Code: "not_accepted", Answer: a.said()}
}
