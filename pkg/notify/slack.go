package notify

import (
	"strings"
	"time"

	"overmind/pkg/secret"
)

// slack is an incoming webhook of Slack. Its address is its credential, there is no signature.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
type slack struct{}

type slackCard struct {
	Text        string            `json:"text"` // shown in the notification of the device
	Attachments []slackAttachment `json:"attachments"`
}

type slackAttachment struct {
	Color  string       `json:"color"`
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type     string        `json:"type"`
	Text     *slackText    `json:"text,omitempty"`
	Fields   []slackText   `json:"fields,omitempty"`
	Elements []slackButton `json:"elements,omitempty"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type slackButton struct {
	Type string    `json:"type"`
	Text slackText `json:"text"`
	URL  string    `json:"url"`
}

// slackMarks are the three that Slack wants escaped; without them nothing is a link or a mention.
var slackMarks = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func (slack) card(m Message) any {
	blocks := []slackBlock{{Type: "section", Text: &slackText{"plain_text", m.Headline}}}
	var fields []slackText
	for _, f := range m.Facts {
		fields = append(fields, slackText{"plain_text", f.Label + ": " + f.Value})
	}
	blocks = append(blocks, slackBlock{Type: "section", Fields: fields})
	if m.Text != "" {
		blocks = append(blocks, slackBlock{Type: "section", Text: &slackText{"plain_text", m.TextLabel + ":\n" + m.Text}})
	}
	blocks = append(blocks, slackBlock{Type: "actions", Elements: []slackButton{{Type: "button",
		Text: slackText{"plain_text", m.LinkText}, URL: m.Link}}})
	return slackCard{Text: slackMarks.Replace(m.Subject), Attachments: []slackAttachment{{Color: m.Colour, Blocks: blocks}}}
}

func (slack) sign(*outgoing, secret.String, time.Time) error { return nil }

func (slack) judge(a answer) *Failure {
	if said := strings.TrimSpace(string(a.body)); said != "ok" {
		return &Failure{Code: "not_accepted", Answer: a.said()}
	}
	return nil
}
