package notify

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

// TestResult is how a test message fared. Answer is the provider's own words where it refused.
type TestResult struct {
	OK     bool
	Code   string
	Answer string
}

// Test sends a sample through the channel now, beside the queue; for admins. to is the address a mail goes to. That the
// provider refuses is a result, not an error.
func (s *Service) Test(ctx context.Context, actor event.Actor, id int64, to string) (TestResult, error) {
	if err := s.allow(ctx, actor, "channel.test", id); err != nil {
		return TestResult{}, err
	}
	c, secrets, err := s.open(ctx, id)
	if err != nil {
		return TestResult{}, err
	}
	if c.Kind == Email && !isAddress(to) {
		return TestResult{}, fault.OnField("to", "not_valid", "Give the address that the test goes to, like you@example.com.")
	}
	m, err := s.sample(Approved, c.Language)
	if err != nil {
		return TestResult{}, err
	}
	audit := event.Audit{Action: "channel.test", Aggregate: aggregate, SubjectID: id, Actor: actor}
	if err := s.store.Record(ctx, audit); err != nil {
		return TestResult{}, err
	}
	if err := s.send(ctx, c, secrets, recipient{"", to}, m); err != nil {
		f := failureOf(err, secrets.URL, secrets.Secret)
		return TestResult{Code: f.Code, Answer: f.Answer}, nil
	}
	return TestResult{OK: true, Code: "ok"}, nil
}

// Preview is what a kind of channel would send.
type Preview struct {
	Subject string
	Text    string          // of a mail
	HTML    string          // of a mail
	Card    json.RawMessage // of any other kind
}

// Preview shows a message of that type with made-up facts.
func (s *Service) Preview(_ context.Context, kind Kind, about Type, language string) (Preview, error) {
	var bad problems
	if !slices.Contains(Kinds(), kind) {
		bad.add("kind", "unknown_value", "There is no kind of channel of that name.")
	}
	if !about.Known() {
		bad.add("type", "unknown_value", "There is no message of that type.")
	}
	if !knownLanguage(language) {
		bad.add("language", "unknown_value", "Choose en or zh.")
	}
	if err := bad.err(); err != nil {
		return Preview{}, err
	}
	m, err := s.sample(about, language)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Subject: m.Subject}
	if kind == Email {
		p.Text, p.HTML, err = m.mail()
		return p, err
	}
	p.Card, err = encodeCard(robots[kind].card(m))
	return p, err
}

// sample is a message with made-up facts.
func (s *Service) sample(about Type, language string) (Message, error) {
	n := Notice{Type: about, At: s.now()}
	n.Facts = Facts{TicketID: 128, Title: "Refresh test-a with yesterday's orders", Requester: "Li Wei", Team: "payments", Actor: "Dora",
		Source: &Place{"prod-orders", "production", "orders"}, Target: &Place{"test-a", "test", "orders"}}
	switch about {
	case Unreachable, Recovered:
		n.Facts = Facts{InstanceID: 7, Target: &Place{Instance: "test-a", Environment: "test"}}
	case Submitted, Edited, Withdrawn:
		n.Facts.Actor = "Li Wei"
	case Started, Succeeded, Failed, NeedsAttention, Undone, UndoFailed, ReviewReminder, ReviewEscalated, ApprovalExpired:
		n.Facts.Actor = ""
	}
	switch about {
	case Approved, Rejected, Withdrawn:
		n.Facts.Seconds = 12*60 + 40
	case ReviewReminder, ReviewEscalated:
		n.Facts.Seconds = 26*3600 + 5*60
	case Succeeded, Failed, Cancelled, NeedsAttention:
		n.Facts.Seconds = 3*60 + 12
	}
	n.Facts.Text = sampleTexts[about]
	return s.composer.compose(n, language, rand.Text())
}

var sampleTexts = map[Type]string{
	Approved: "After 18:00 please.", Rejected: "Take the masked copy instead.", Commented: "Is last week's data enough?\nIt would be smaller.",
	Failed: "The target server has no space left.", NeedsAttention: "The worker was lost during the swap.", Unreachable: "no answer in time",
}
