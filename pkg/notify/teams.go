package notify

import (
	"strings"
	"time"

	"overmind/pkg/secret"
)

// teams is a workflow of Microsoft Teams that posts an adaptive card. Its address carries its signature.
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
type teams struct{}

type teamsCard struct {
	Type        string            `json:"type"`
	Attachments []teamsAttachment `json:"attachments"`
}

type teamsAttachment struct {
	ContentType string    `json:"contentType"`
	Content     teamsBody `json:"content"`
}

type teamsBody struct {
	Schema  string            `json:"$schema"`
	Type    string            `json:"type"`
	Version string            `json:"version"`
	MSTeams map[string]string `json:"msteams"`
	Body    []teamsElement    `json:"body"`
	Actions []teamsAction     `json:"actions"`
}

type teamsElement struct {
	Type   string      `json:"type"`
	Text   string      `json:"text,omitempty"`
	Wrap   bool        `json:"wrap,omitempty"`
	Weight string      `json:"weight,omitempty"`
	Size   string      `json:"size,omitempty"`
	Color  string      `json:"color,omitempty"`
	Facts  []teamsFact `json:"facts,omitempty"`
}

type teamsFact struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

type teamsAction struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

var teamsColours = map[tone]string{toneInfo: "accent", toneGood: "good", toneWait: "warning", toneBad: "attention"}

func (teams) card(m Message) any {
	var facts []teamsFact
	for _, f := range m.Facts {
		facts = append(facts, teamsFact{f.Label, escapeMarkdown(f.Value)})
	}
	body := []teamsElement{
		{Type: "TextBlock", Text: escapeMarkdown(m.Headline), Wrap: true, Weight: "bolder", Size: "medium", Color: teamsColours[m.tone]},
		{Type: "FactSet", Facts: facts},
	}
	if m.Text != "" {
		// An empty line between makes the lines of a text block separate ones.
		body = append(body, teamsElement{Type: "TextBlock", Text: m.TextLabel, Weight: "bolder", Wrap: true},
			teamsElement{Type: "TextBlock", Text: strings.ReplaceAll(escapeMarkdown(m.Text), "\n", "\n\n"), Wrap: true})
	}
	return teamsCard{Type: "message", Attachments: []teamsAttachment{{ContentType: "application/vnd.microsoft.card.adaptive",
		Content: teamsBody{Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4",
			MSTeams: map[string]string{"width": "Full"}, Body: body,
			Actions: []teamsAction{{Type: "Action.OpenUrl", Title: m.LinkText, URL: m.Link}}}}}}
}

func (teams) sign(*outgoing, secret.String, time.Time) error { return nil }

// judge knows that a connector answers 200 and says in the body that Teams did not take the message.
func (teams) judge(a answer) *Failure {
	if said := string(a.body); strings.Contains(said, "delivery failed") || strings.Contains(said, `"error"`) {
		if strings.Contains(said, "429") {
			return &Failure{Code: "rate_limited", Answer: a.said(), After: time.Minute}
		}
		return &Failure{Code: "not_accepted", Answer: a.said()}
	}
	return nil
}
