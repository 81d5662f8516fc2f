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
	n := Notice{Type: about, At: s.now(), Facts: samples[language]}
	n.Facts.Text = ""
	switch about {
	case Unreachable, Recovered:
		n.Facts = Facts{InstanceID: 7, Target: &Place{Instance: "test-a", Environment: n.Facts.Target.Environment}}
	case Submitted, Edited, Withdrawn:
		n.Facts.Actor = n.Facts.Requester
	case Started, Succeeded, Failed, NeedsAttention, Undone, UndoFailed, ReviewReminder, ReviewEscalated, QueueReminder, QueueEscalated, ApprovalExpired:
		n.Facts.Actor = ""
	}
	switch about {
	case Approved, Rejected, Withdrawn:
		n.Facts.Seconds = 12*60 + 40
	case ReviewReminder, ReviewEscalated, QueueReminder, QueueEscalated:
		n.Facts.Seconds = 26*3600 + 5*60
	case Succeeded, Failed, Cancelled, NeedsAttention:
		n.Facts.Seconds = 3*60 + 12
	}
	switch about {
	case Approved, Rejected, Commented:
		n.Facts.Text = samples[language].Text
	case Failed:
		n.Facts.Code, n.Facts.Text = "target_full", "Storing table orders on the target failed: The table 'orders' is full."
	case NeedsAttention:
		n.Facts.Code, n.Facts.Text = "needs_attention", "The copy broke off after its commit point: A connection to one of the servers was lost."
	case QueueReminder, QueueEscalated:
		n.Facts.Text, n.Facts.TextZH = "No worker of group default has taken it. See that one runs.", "default 组中没有执行节点领取它。请确认有节点在运行。"
	case Unreachable:
		n.Facts.Code, n.Facts.Text, n.Facts.TextZH = "unreachable", "test-a cannot be reached.", "无法连接 test-a。"
	}
	return s.composer.compose(n, language, rand.Text())
}

// samples are the facts of a ticket, written by somebody who speaks the language.
var samples = map[string]Facts{
	"en": {TicketID: 128, Title: "Refresh test-a with yesterday's orders", Requester: "Li Wei", Team: "payments", Actor: "Dora", Text: "After 18:00 please.\nThe night jobs are over by then.",
		Source: &Place{"prod-orders", "production", "orders"}, Target: &Place{"test-a", "test", "orders"}},
	"zh": {TicketID: 128, Title: "用昨天的订单刷新 test-a", Requester: "李伟", Team: "支付组", Actor: "陈静", Text: "请在 18:00 之后执行。\n那时夜间任务已经结束。",
		Source: &Place{"prod-orders", "生产", "orders"}, Target: &Place{"test-a", "测试", "orders"}},
}
