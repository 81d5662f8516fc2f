package notify_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
	"overmind/pkg/notify"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

func TestDelivery_EachEventReachesEachChannelOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	first, second := startHook(t), startHook(t)
	o.webhook(t, "first", first, notify.Rule{})
	o.webhook(t, "second", second, notify.Rule{})
	for i := range 3 { // three nodes
		o.dispatch(t, fmt.Sprint("node", i))
	}
	for range 10 {
		v := o.submit(t)
		o.comment(t, v.ID, "why?")
	}
	o.drained(t, 60*time.Second)
	for _, h := range []*hook{first, second} {
		require.Len(t, h.received(), 20)
		seen := map[string]bool{}
		for _, c := range h.received() {
			require.False(t, seen[c.id], "sent twice")
			seen[c.id] = true
		}
	}
	require.EqualValues(t, 40, o.number(t, "SELECT COUNT(*) FROM deliveries WHERE state = 'delivered' AND attempts = 1"))
}

func TestDelivery_AnHourWithoutTheChannelThenAllInOrder(t *testing.T) {
	t.Parallel()
	o := setup(t)
	h := startHook(t)
	c := o.webhook(t, "down for an hour", h, notify.Rule{})
	h.set(down)
	o.dispatch(t, "node")
	var ids []int64
	for range 5 {
		ids = append(ids, o.submit(t).ID)
	}
	for minute := range 60 {
		o.comment(t, ids[minute%5], fmt.Sprint(minute))
		o.pass(t, time.Minute)
	}
	testkit.Eventually(t, 60*time.Second, "the channel is seen to fail", func() bool {
		found, err := o.Get(t.Context(), root, c.ID)
		require.NoError(t, err)
		return found.Health.Failures > 0 && strings.Contains(found.Health.LastError, "502")
	})
	require.LessOrEqual(t, h.asked(), 65, "a channel that is down is not asked for each message")
	h.set(nil)
	o.pass(t, time.Hour) // the longest pause goes by
	o.drained(t, 60*time.Second)
	next := map[int64]int{}
	for _, got := range h.received() {
		if got.Type == string(notify.Submitted) {
			require.Zero(t, next[got.Data.TicketID], "submitted comes first")
			next[got.Data.TicketID] = int(got.Data.TicketID-ids[0]) + 1000
			continue
		}
		minute := next[got.Data.TicketID] - 1000
		require.Equal(t, fmt.Sprint(minute), got.Data.Text, "ticket %d", got.Data.TicketID)
		next[got.Data.TicketID] += 5
	}
	require.Len(t, h.received(), 65)
}

func TestDelivery_AChannelThatHangsDelaysNobodyElse(t *testing.T) {
	t.Parallel()
	o := setup(t)
	slow, fine := startHook(t), startHook(t)
	release := make(chan struct{})
	defer close(release)
	slow.set(func(*hook, http.ResponseWriter) bool { <-release; return true })
	o.webhook(t, "slow", slow, notify.Rule{})
	o.webhook(t, "fine", fine, notify.Rule{})
	o.dispatch(t, "node")
	for range 5 {
		o.submit(t)
	}
	testkit.Eventually(t, 14*time.Second, "the other channel has everything before the first try of the slow one ends", func() bool {
		return len(fine.received()) == 5
	})
}

func TestDelivery_ADeadLetterIsSentAgainByHandWithItsOldID(t *testing.T) {
	t.Parallel()
	o := setup(t)
	h := startHook(t)
	var ids []string
	h.set(func(h *hook, w http.ResponseWriter) bool { return down(h, w) })
	c := o.webhook(t, "gone", h, notify.Rule{})
	stop := o.dispatch(t, "node")
	v := o.submit(t)
	testkit.Eventually(t, 60*time.Second, "it was tried", func() bool { return h.asked() > 0 })
	stop()
	o.pass(t, notify.GiveUpAfter)
	expired, err := o.store.Notifications().Expire(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, expired)
	dead, err := o.Deliveries(t.Context(), root, notify.DeliveryFilter{State: notify.Dead, ChannelID: c.ID, Limit: 10})
	require.NoError(t, err)
	require.Len(t, dead, 1)
	require.Contains(t, dead[0].Error, "HTTP 502")
	ids = append(ids, dead[0].MessageID)

	h.set(nil)
	_, err = o.Retry(t.Context(), dora, dead[0].ID)
	require.True(t, fault.Is(err, "forbidden"), err)
	_, err = o.Retry(t.Context(), root, dead[0].ID)
	require.NoError(t, err)
	_, err = o.Retry(t.Context(), root, dead[0].ID)
	require.True(t, fault.Is(err, "not_dead"), err)
	o.dispatch(t, "node")
	o.drained(t, 60*time.Second)
	require.Equal(t, ids[0], h.received()[0].id)
	of, err := o.OfTicket(t.Context(), v.ID)
	require.NoError(t, err)
	require.Equal(t, notify.Delivered, of[0].State)
}

func TestDelivery_AProviderThatAsksToWaitIsLeftAlone(t *testing.T) {
	t.Parallel()
	o := setup(t)
	h := startHook(t)
	h.set(func(_ *hook, w http.ResponseWriter) bool {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	c := o.webhook(t, "busy", h, notify.Rule{})
	o.dispatch(t, "node")
	o.submit(t)
	o.submit(t)
	testkit.Eventually(t, 60*time.Second, "the wait is noted", func() bool {
		found, err := o.Get(t.Context(), root, c.ID)
		require.NoError(t, err)
		return time.Until(found.Health.ResumeAt) > 500*time.Second
	})
	require.Equal(t, 1, h.asked())
}

func TestDelivery_PacesAChannel(t *testing.T) {
	t.Parallel()
	o := setup(t)
	h := startHook(t)
	c := o.webhook(t, "paced", h, notify.Rule{})
	for range 8 {
		o.submit(t)
	}
	o.plan(t)
	pace := notify.Pace{Burst: 5, Every: time.Hour}
	taken := 0
	for range 8 {
		_, _, ok, err := o.store.Notifications().Claim(t.Context(), c.ID, "node", pace, time.Minute)
		require.NoError(t, err)
		if ok {
			taken++
		}
	}
	require.Equal(t, 5, taken, "the burst, then nothing")
	o.pass(t, time.Hour)
	_, _, ok, err := o.store.Notifications().Claim(t.Context(), c.ID, "node", pace, time.Minute)
	require.NoError(t, err)
	require.True(t, ok, "one more after each pause")
}

func TestDelivery_OneAtATimeAndInOrderWithinATicket(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c := o.webhook(t, "ordered", startHook(t), notify.Rule{})
	v, other := o.submit(t), o.submit(t)
	o.comment(t, v.ID, "second")
	o.plan(t)
	claim := func() (notify.Delivery, bool) {
		d, _, ok, err := o.store.Notifications().Claim(t.Context(), c.ID, "node", notify.Pace{Burst: 100, Every: time.Millisecond}, time.Minute)
		require.NoError(t, err)
		return d, ok
	}
	first, ok := claim()
	require.True(t, ok)
	require.Equal(t, notify.Submitted, first.Notice.Type)
	beside, ok := claim()
	require.True(t, ok)
	require.Equal(t, other.ID, beside.Notice.Facts.TicketID, "another ticket goes on")
	_, ok = claim()
	require.False(t, ok, "the second message of the ticket waits for the first")

	o.pass(t, time.Minute) // the lease of a dead process runs out
	again, ok := claim()
	require.True(t, ok)
	require.Equal(t, first.MessageID, again.MessageID)
	require.NoError(t, o.store.Notifications().Settle(t.Context(), first, notify.Outcome{}), "the old one comes back to life")
	require.EqualValues(t, 3, o.number(t, "SELECT COUNT(*) FROM deliveries WHERE state = 'queued'"), "and settles nothing")
	require.NoError(t, o.store.Notifications().Settle(t.Context(), again, notify.Outcome{}))
	require.EqualValues(t, 2, o.number(t, "SELECT COUNT(*) FROM deliveries WHERE state = 'queued'"))
}

// plan turns the events so far into messages.
func (o *office) plan(t *testing.T) {
	t.Helper()
	_, _, err := o.store.NumberEvents(t.Context(), 1000)
	require.NoError(t, err)
	for more := true; more; {
		more, err = o.store.Notifications().FanOut(t.Context(), 3, notify.Route)
		require.NoError(t, err)
	}
}

func TestRouting_ByTypeEnvironmentAndTeam(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for name, rule := range map[string]notify.Rule{
		"all": {}, "comments": {Types: []notify.Type{notify.Commented}}, "production": {EnvironmentIDs: []int64{1}}, "lab": {EnvironmentIDs: []int64{3}},
		"payments": {Teams: []string{"Payments"}}, "shipping": {Teams: []string{"shipping"}},
	} {
		o.webhook(t, name, startHook(t), rule)
	}
	o.submit(t)
	o.plan(t)
	var names []string
	list, err := o.Deliveries(t.Context(), root, notify.DeliveryFilter{Limit: 100})
	require.NoError(t, err)
	for _, d := range list {
		names = append(names, d.ChannelName)
	}
	require.ElementsMatch(t, []string{"all", "production", "payments"}, names)
}

func TestRouting_MailsGoToWhomItConcernsInTheirLanguage(t *testing.T) {
	t.Parallel()
	mails := testkit.StartMail(t, "starttls")
	o := setup(t, func(options *notify.Options) { options.Roots = mails.Roots })
	_, err := o.Create(t.Context(), root, notify.Channel{Name: "mail", Kind: notify.Email, Language: "en", Rule: notify.Rule{Types: notify.Types()},
		Settings: notify.Settings{Host: mails.Host, Port: mails.Port, TLS: "starttls", Username: testkit.MailUser, From: "overmind@example.com"}},
		notify.Secrets{Secret: secret.New(testkit.MailPassword)})
	require.NoError(t, err)
	_, err = o.SavePreferences(t.Context(), root, notify.Preferences{Language: "en", Muted: []notify.Type{notify.Submitted}})
	require.NoError(t, err)
	v := o.submit(t)
	o.comment(t, v.ID, "why?")
	_, err = o.tickets.Reject(t.Context(), dora, v.ID, v.Version, "no need")
	require.NoError(t, err)
	testkit.Exec(t, o.db, `INSERT INTO events (type, aggregate, subject_id, owner_id, actor_id, actor_name, data, at)
		VALUES ('instance.unreachable', 'instance', 2, 0, 0, 'system', '{"name":"test-a","message":{"EN":"nothing answers"}}', NOW(6))`)
	o.dispatch(t, "node")
	o.drained(t, 60*time.Second)
	list, err := o.Deliveries(t.Context(), root, notify.DeliveryFilter{Limit: 100})
	require.NoError(t, err)
	var told []string
	for _, d := range list {
		require.Equal(t, notify.Delivered, d.State, d.Error)
		told = append(told, fmt.Sprint(d.Notice.Type, " ", d.Recipient, " ", d.Language))
	}
	require.ElementsMatch(t, []string{"ticket.submitted dora@example.com en", "ticket.commented ann@example.com zh", "ticket.rejected ann@example.com zh",
		"instance.unreachable dora@example.com en", "instance.unreachable root@example.com en"}, told)
	require.Len(t, mails.Mails(), 5)
}

func TestReminders_OnceALevelForEachTimeOfWaiting(t *testing.T) {
	t.Parallel()
	o := setup(t)
	v := o.submit(t)
	remind := func(level notify.Type, after time.Duration) int64 {
		require.NoError(t, o.store.Notifications().Remind(t.Context(), level, after))
		require.NoError(t, o.store.Notifications().Remind(t.Context(), level, after))
		return o.number(t, fmt.Sprintf("SELECT COUNT(*) FROM events WHERE type = '%s'", level))
	}
	require.Zero(t, remind(notify.ReviewReminder, 4*time.Hour))
	o.pass(t, 5*time.Hour)
	require.EqualValues(t, 1, remind(notify.ReviewReminder, 4*time.Hour))
	require.Zero(t, remind(notify.ReviewEscalated, 24*time.Hour))
	_, err := o.tickets.Edit(t.Context(), ann, v.ID, v.Version, ticket.Draft{Title: "Refresh test-b", Spec: []byte(`{}`)})
	require.NoError(t, err)
	require.EqualValues(t, 1, remind(notify.ReviewReminder, 4*time.Hour), "a new wait begins")
	o.pass(t, 25*time.Hour)
	require.EqualValues(t, 2, remind(notify.ReviewReminder, 4*time.Hour))
	require.EqualValues(t, 1, remind(notify.ReviewEscalated, 24*time.Hour))
	_, err = o.tickets.Withdraw(t.Context(), ann, v.ID, v.Version+1)
	require.NoError(t, err)
	o.pass(t, 100*time.Hour)
	require.EqualValues(t, 2, remind(notify.ReviewReminder, 4*time.Hour), "nobody waits any more")
}

func TestReminders_OfATicketThatNoWorkerTakes(t *testing.T) {
	t.Parallel()
	o := setup(t)
	v := o.submit(t)
	v, err := o.tickets.Approve(t.Context(), dora, v.ID, ticket.Approval{Version: v.Version, SpecHash: v.SpecHash, FindingsHash: v.Preflight.Hash})
	require.NoError(t, err)
	c := o.webhook(t, "queue", startHook(t), notify.Rule{Types: []notify.Type{notify.QueueReminder, notify.QueueEscalated}})
	remind := func() (told []string) {
		for range 2 {
			require.NoError(t, o.store.Notifications().Remind(t.Context(), notify.QueueReminder, 4*time.Hour))
			require.NoError(t, o.store.Notifications().Remind(t.Context(), notify.QueueEscalated, 24*time.Hour))
		}
		o.plan(t)
		list, err := o.Deliveries(t.Context(), root, notify.DeliveryFilter{ChannelID: c.ID, Limit: 10})
		require.NoError(t, err)
		for _, d := range list {
			require.Contains(t, d.Notice.Facts.Text, "No worker of group east")
			require.Contains(t, d.Notice.Facts.TextZH, "east")
			told = append(told, fmt.Sprint(d.Notice.Type, " ", d.Notice.Facts.Seconds/3600))
		}
		return told
	}
	require.Empty(t, remind())
	o.pass(t, 5*time.Hour)
	require.Equal(t, []string{"ticket.queue_reminder 5"}, remind())
	o.pass(t, 20*time.Hour)
	require.Equal(t, []string{"ticket.queue_escalated 25", "ticket.queue_reminder 5"}, remind())
	_, err = o.tickets.Cancel(t.Context(), ann, v.ID)
	require.NoError(t, err)
	o.pass(t, 100*time.Hour)
	require.Len(t, remind(), 2, "it waits no more")
}

func TestChannels_SecretsStayAndGoWithTheAddress(t *testing.T) {
	t.Parallel()
	o := setup(t)
	made, err := o.Create(t.Context(), root, notify.Channel{Name: "robot", Kind: notify.DingTalk, Language: "zh", Rule: notify.Rule{Types: notify.Types()}},
		notify.Secrets{URL: secret.New("https://oapi.dingtalk.com/robot/send?access_token=canary-1"), Secret: secret.New("canary-2")})
	require.NoError(t, err)
	require.Equal(t, "oapi.dingtalk.com", made.Settings.Host)
	name := "renamed"
	made, err = o.Update(t.Context(), root, made.ID, made.Version, notify.Patch{Name: &name}, notify.Secrets{})
	require.NoError(t, err)
	require.True(t, made.HasURL && made.HasSecret)
	made, err = o.Update(t.Context(), root, made.ID, made.Version, notify.Patch{}, notify.Secrets{URL: secret.New("https://evil.example.com/robot")})
	require.NoError(t, err)
	require.True(t, made.HasURL)
	require.False(t, made.HasSecret, "the signing key must not go to another address")
	_, err = o.Update(t.Context(), root, made.ID, 1, notify.Patch{}, notify.Secrets{})
	require.True(t, fault.Is(err, "version_conflict"), err)
	for _, table := range []string{"channels", "audit", "events", "channel_secrets"} {
		rows, err := o.db.Query("SELECT * FROM " + table)
		require.NoError(t, err)
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			values, into := make([][]byte, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			require.NoError(t, rows.Scan(into...))
			for _, value := range values {
				require.NotContains(t, string(value), "canary", table)
			}
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
	}
}

func TestChannels_RefuseWhatCannotWork(t *testing.T) {
	t.Parallel()
	o := setup(t)
	rule := notify.Rule{Types: []notify.Type{notify.Approved}}
	mail := notify.Settings{Host: "smtp.example.com", Port: 587, TLS: "starttls", From: "a@example.com"}
	with := func(change func(*notify.Settings)) notify.Channel {
		s := mail
		change(&s)
		return notify.Channel{Name: "x", Kind: notify.Email, Language: "en", Rule: rule, Settings: s}
	}
	hook := notify.Channel{Name: "x", Kind: notify.Webhook, Language: "en", Rule: rule}
	for field, c := range map[string]struct {
		channel notify.Channel
		secrets notify.Secrets
	}{
		"url":        {hook, notify.Secrets{}},
		"url ":       {hook, notify.Secrets{URL: secret.New("file:///etc/passwd")}},
		"url  ":      {hook, notify.Secrets{URL: secret.New("http://user:pw@example.com/")}},
		"url   ":     {hook, notify.Secrets{URL: secret.New("https://example.com/" + strings.Repeat("x", 2000))}},
		"url    ":    {hook, notify.Secrets{URL: secret.New("gopher://example.com/")}},
		"secret":     {hook, notify.Secrets{URL: secret.New("https://example.com"), Secret: secret.New("short")}},
		"types":      {notify.Channel{Name: "x", Kind: notify.Webhook, Language: "en"}, notify.Secrets{URL: secret.New("https://example.com")}},
		"from":       {with(func(s *notify.Settings) { s.From = "a@b\r\nBcc: c@d" }), notify.Secrets{}},
		"recipients": {with(func(s *notify.Settings) { s.Recipients = []string{"x@example.com, y@example.com"} }), notify.Secrets{}},
		"host":       {with(func(s *notify.Settings) { s.Host = "smtp.example.com/x" }), notify.Secrets{}},
		"tls":        {with(func(s *notify.Settings) { s.TLS, s.Username = "none", "u" }), notify.Secrets{Secret: secret.New("p")}},
	} {
		_, err := o.Create(t.Context(), root, c.channel, c.secrets)
		f := fault.As(err)
		require.Equal(t, fault.Invalid, f.Kind, "%q %v", field, err)
		require.Equal(t, strings.TrimSpace(field), f.Fields[0].Name, "%v", err)
	}
	_, err := o.Create(t.Context(), dora, hook, notify.Secrets{})
	require.True(t, fault.Is(err, "forbidden"), err)
	require.EqualValues(t, 1, o.number(t, "SELECT COUNT(*) FROM audit WHERE action = 'channel.create.refused'"))
}

func TestChannels_ATestShowsTheProvidersAnswer(t *testing.T) {
	t.Parallel()
	o := setup(t)
	h := startHook(t)
	c := o.webhook(t, "tested", h, notify.Rule{})
	result, err := o.Test(t.Context(), root, c.ID, "")
	require.NoError(t, err)
	require.True(t, result.OK)
	require.Len(t, h.received(), 1)
	h.set(down)
	result, err = o.Test(t.Context(), root, c.ID, "")
	require.NoError(t, err)
	require.Equal(t, notify.TestResult{Code: "not_accepted", Answer: "HTTP 502"}, result)
}
