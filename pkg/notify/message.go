package notify

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"regexp"
	"strings"
	"text/template"
	"time"
	"unicode"
)

//go:embed templates
var templateFiles embed.FS

var (
	texts    = map[string]*template.Template{"en": textsOf("en"), "zh": textsOf("zh")}
	mailText = template.Must(template.ParseFS(templateFiles, "templates/mail.txt.tmpl"))
	mailHTML = htmltemplate.Must(htmltemplate.ParseFS(templateFiles, "templates/mail.html.tmpl"))
)

func textsOf(language string) *template.Template {
	return template.Must(template.ParseFS(templateFiles, "templates/"+language+".tmpl"))
}

// Fact is one labelled line of a message.
type Fact struct{ Label, Value string }

// Message is a notice in one language, ready to be put into a mail or a card. It holds no line breaks but in Text.
type Message struct {
	ID        string // stays the same for every try, so that a duplicate is known as one
	Notice    Notice
	Language  string
	Subject   string // one line: what happened, and from where to where
	Headline  string
	Facts     []Fact
	TextLabel string
	Text      string // what a person wrote or a server answered; may have several lines
	Link      string
	LinkText  string
	Why       string
	Colour    string // #rrggbb
	tone      tone
}

const (
	maxSubject = 200
	maxText    = 2000
)

var colours = map[tone]string{toneInfo: "#1c5fb8", toneGood: "#17703a", toneWait: "#9a5b00", toneBad: "#b3261e"}

// composer turns notices into messages.
type composer struct {
	link    string         // the external address that people open Overmind under
	zone    *time.Location // of the times that people read
	chinese map[string]string
}

func (c composer) compose(n Notice, language, id string) (Message, error) {
	w := writer{templates: texts[language], facts: cleaned(n.Facts)}
	n.Facts = w.facts
	m := Message{ID: id, Notice: n, Language: language, tone: traits[n.Type].tone, Colour: colours[traits[n.Type].tone]}
	m.Headline = w.say(string(n.Type))
	m.Subject = clip(m.Headline+w.route(), maxSubject)
	m.Facts = append(w.lines(n, language), Fact{w.say("label.at"), n.At.In(c.zone).Format("2006-01-02 15:04:05 ") + c.zone.String()})
	if m.Text = clip(c.text(n.Facts, language), maxText); m.Text != "" {
		m.TextLabel = w.say(textLabel(n.Type))
	}
	m.Link, m.LinkText = c.link+"/tickets/"+itoa(n.Facts.TicketID), w.say("open.ticket")
	if n.Facts.TicketID == 0 {
		m.Link, m.LinkText = c.link+"/instances/"+itoa(n.Facts.InstanceID), w.say("open.instance")
	}
	m.Why = w.say("why")
	return m, w.err
}

var ticketNumber = regexp.MustCompile(`#\d+`)

// text is what was said, in the language of who reads it. What went wrong is said in our words for its code, with the
// original below, because that names tables and servers.
func (c composer) text(f Facts, language string) string {
	if language != "zh" {
		return f.Text
	}
	if f.TextZH != "" {
		return f.TextZH
	}
	if words := c.chinese[f.Code]; words != "" {
		return strings.ReplaceAll(words, "{ticket}", ticketNumber.FindString(f.Text)) + "\n" + f.Text
	}
	return f.Text
}

// writer says things in one language and keeps the first thing that went wrong.
type writer struct {
	templates *template.Template
	facts     Facts
	err       error
}

func (w *writer) say(name string) string {
	var text strings.Builder
	if err := w.templates.ExecuteTemplate(&text, name, w.facts); err != nil && w.err == nil {
		w.err = fmt.Errorf("notify: %w", err)
	}
	return text.String()
}

func (w *writer) route() string {
	if w.facts.TicketID == 0 || w.facts.Target == nil {
		return ""
	}
	if w.facts.Source == nil {
		return w.say("colon") + w.facts.Target.short()
	}
	return w.say("colon") + w.facts.Source.short() + " → " + w.facts.Target.short()
}

func (p Place) short() string { return p.Instance + "." + p.Database }

func (p Place) long() string {
	name := p.Instance
	if p.Database != "" {
		name += " / " + p.Database
	}
	return name + " (" + p.Environment + ")"
}

func (w *writer) lines(n Notice, language string) []Fact {
	var lines []Fact
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, Fact{w.say(label), value})
		}
	}
	f := w.facts
	add("label.title", f.Title)
	if f.TicketID != 0 && f.Source != nil {
		add("label.source", f.Source.long())
	}
	if f.Target != nil {
		add("label.target", f.Target.long())
	}
	requester := f.Requester
	if requester != "" && f.Team != "" {
		requester += " (" + f.Team + ")"
	}
	add("label.requester", requester)
	add("label.actor", f.Actor)
	if f.Seconds > 0 {
		label := "label.waited"
		if runs(n.Type) {
			label = "label.took"
		}
		add(label, duration(f.Seconds, language))
	}
	return lines
}

func runs(t Type) bool {
	return t == Succeeded || t == Failed || t == Cancelled || t == NeedsAttention
}

func textLabel(t Type) string {
	switch t {
	case Commented:
		return "text.comment"
	case Rejected, Cancelled:
		return "text.reason"
	case Failed, NeedsAttention, UndoFailed, Unreachable:
		return "text.failure"
	}
	return "text.note"
}

// mail gives both bodies of a mail.
func (m Message) mail() (text, html string, err error) {
	var plain, rich bytes.Buffer
	if err := mailText.Execute(&plain, m); err != nil {
		return "", "", fmt.Errorf("notify: %w", err)
	}
	if err := mailHTML.Execute(&rich, m); err != nil {
		return "", "", fmt.Errorf("notify: %w", err)
	}
	return plain.String(), rich.String(), nil
}

// cleaned makes every fact one line without invisible marks; only Text keeps its line breaks.
func cleaned(f Facts) Facts {
	for _, field := range []*string{&f.Title, &f.Requester, &f.Team, &f.Actor} {
		*field = clip(oneLine(*field), maxSubject)
	}
	f.Source, f.Target = f.Source.cleaned(), f.Target.cleaned()
	f.Text, f.TextZH = visible(f.Text), visible(f.TextZH)
	return f
}

func visible(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || !hidden(r) {
			return r
		}
		return -1
	}, text))
}

func (p *Place) cleaned() *Place {
	if p == nil {
		return nil
	}
	return &Place{Instance: oneLine(p.Instance), Environment: oneLine(p.Environment), Database: oneLine(p.Database)}
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if hidden(r) {
			return ' '
		}
		return r
	}, text)), " ")
}

func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
}

// clip cuts a text to at most limit characters.
func clip(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}

// duration is how people say it: the two largest units.
func duration(seconds int64, language string) string {
	units := [4]string{" d", " h", " min", " s"}
	if language == "zh" {
		units = [4]string{" 天", " 小时", " 分钟", " 秒"}
	}
	d := time.Duration(seconds) * time.Second
	parts := [4]int64{int64(d.Hours()) / 24, int64(d.Hours()) % 24, int64(d.Minutes()) % 60, seconds % 60}
	for i, n := range parts {
		if n == 0 && i < 3 {
			continue
		}
		said := itoa(n) + units[i]
		if i < 3 && parts[i+1] > 0 {
			said += " " + itoa(parts[i+1]) + units[i+1]
		}
		return said
	}
	return ""
}
