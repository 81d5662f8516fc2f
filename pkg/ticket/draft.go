package ticket

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"overmind/pkg/fault"
)

const (
	titleLimit    = 200
	textLimit     = 4000
	keyLimit      = 200
	scheduleLimit = 90 * 24 * time.Hour
	// A form stays open for a while after "now" was picked in it.
	scheduleSlack = 10 * time.Minute
)

// prepared is a draft that has been checked against its kind and the servers.
type prepared struct {
	title, reason string
	spec          json.RawMessage
	subject       Subject
	preflight     Preflight
	notBefore     time.Time
}

func (p prepared) writeTo(t *Ticket) {
	t.Title, t.Reason, t.NotBefore = p.title, p.reason, p.notBefore
	t.Spec, t.SpecHash = p.spec, hashSpec(p.spec)
	t.Subject, t.Preflight = p.subject, p.preflight
}

// cleanTitle gives a title as one line of text without control characters.
func cleanTitle(title string) (string, error) {
	if !utf8.ValidString(title) {
		return "", fault.OnField("title", "not_text", "The title must be UTF-8 text.")
	}
	title = strings.TrimSpace(strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(title))
	switch {
	case title == "":
		return "", fault.OnField("title", "required", "A ticket needs a title.")
	case utf8.RuneCountInString(title) > titleLimit:
		return "", fault.OnField("title", "too_long", "The title may have %d characters.", titleLimit)
	case strings.ContainsFunc(title, hidden):
		return "", fault.OnField("title", "control_character", "The title must not contain control characters.")
	}
	return title, nil
}

// cleanText gives a longer text; line breaks and tabs are kept.
func cleanText(field, text string, required bool) (string, error) {
	if !utf8.ValidString(text) {
		return "", fault.OnField(field, "not_text", "This must be UTF-8 text.")
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch {
	case text == "" && required:
		return "", fault.OnField(field, "required", "This must not be empty.")
	case utf8.RuneCountInString(text) > textLimit:
		return "", fault.OnField(field, "too_long", "This may have %d characters.", textLimit)
	case strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && hidden(r) }):
		return "", fault.OnField(field, "control_character", "This must not contain control characters.")
	}
	return text, nil
}

// hidden finds what a reader cannot see or what reorders the text around it. Joiners stay: emoji need them.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

func checkSchedule(at, now time.Time) error {
	switch {
	case at.IsZero():
		return nil
	case at.Before(now.Add(-scheduleSlack)):
		return fault.OnField("not_before", "in_the_past", "The time to start is in the past.")
	case at.After(now.Add(scheduleLimit)):
		return fault.OnField("not_before", "too_far", "The time to start may be at most 90 days ahead.")
	}
	return nil
}
