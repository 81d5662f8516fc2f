package notify

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/event"
)

func TestMessages_SayWhatHappenedFromWhereToWhereByWhomAndHowLong(t *testing.T) {
	t.Parallel()
	m := sample(t, Approved, "en")
	require.Equal(t, "#128 approved by Dora: prod-orders.orders → test-a.orders", m.Subject)
	require.Equal(t, []Fact{{"Ticket", "Refresh test-a with yesterday's orders"}, {"Source", "prod-orders / orders (production)"},
		{"Target", "test-a / orders (test)"}, {"Requester", "Li Wei (payments)"}, {"By", "Dora"}, {"Waited", "12 min 40 s"},
		{"At", "2026-03-04 05:06:07 UTC"}}, m.Facts)
	require.Equal(t, "https://overmind.example.com/tickets/128", m.Link)
	require.Equal(t, "#128 执行成功：prod-orders.orders → test-a.orders", sample(t, Succeeded, "zh").Subject)
	require.Equal(t, "https://overmind.example.com/instances/7", sample(t, Unreachable, "zh").Link)
}

func TestMessages_EveryTypeHasItsWordsInEveryLanguage(t *testing.T) {
	t.Parallel()
	require.Len(t, traits, len(Types()))
	names := func(language string) (list []string) {
		for _, defined := range texts[language].Templates() {
			list = append(list, strings.ReplaceAll(defined.Name(), language+".tmpl", ""))
		}
		return list
	}
	require.ElementsMatch(t, names("en"), names("zh"))
	for _, about := range Types() {
		for _, language := range Languages() {
			text, html, err := sample(t, about, language).mail()
			require.NoError(t, err)
			require.NotContains(t, text+html, "<no value>", about)
			require.NotContains(t, text+html, "<nil>", about)
		}
	}
}

func TestMessages_SayWhatWentWrongInTheLanguageOfTheReader(t *testing.T) {
	t.Parallel()
	c := composer{zone: time.UTC, chinese: map[string]string{"row_count_mismatch": "写入行数与发送行数不一致。", "superseded_by": "工单 {ticket} 之后替换了相同的对象。"}}
	for data, said := range map[string][2]string{
		`{"code":"row_count_mismatch","message":"Table t has 1 row."}`: {"Table t has 1 row.", "写入行数与发送行数不一致。\nTable t has 1 row."},
		`{"code":"superseded_by","message":"See ticket #7."}`:          {"See ticket #7.", "工单 #7 之后替换了相同的对象。\nSee ticket #7."},
		`{"code":"unheard_of","message":"Strange."}`:                   {"Strange.", "Strange."},
		`{"code":"unreachable","message":{"en":"Down.","zh":"无法连接。"}}`: {"Down.", "无法连接。"},
		`{"code":"row_count_mismatch","note":"as Ann wrote"}`:          {"as Ann wrote", "as Ann wrote"},
	} {
		n := Notice{Type: Failed, At: clock}
		n.Facts.said(json.RawMessage(data))
		for i, language := range []string{"en", "zh"} {
			m, err := c.compose(n, language, "1")
			require.NoError(t, err)
			require.Equal(t, said[i], m.Text, "%s %s", language, data)
		}
	}
}

func TestMessages_TellTheTimeOfTheInstallation(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	m, err := composer{zone: zone}.compose(Notice{Type: Approved, At: clock}, "zh", "1")
	require.NoError(t, err)
	require.Contains(t, m.Facts, Fact{"时间", "2026-03-04 13:06:07 Asia/Shanghai"})
}

func TestMessages_HTMLIsEscaped(t *testing.T) {
	t.Parallel()
	n := Notice{Type: Commented, At: clock, Facts: Facts{TicketID: 1, Title: "<script>alert(1)</script>", Actor: "a\"><b>", Text: "<img src=x onerror=1>"}}
	m, err := composer{link: "https://o.example", zone: time.UTC}.compose(n, "en", "1")
	require.NoError(t, err)
	_, html, err := m.mail()
	require.NoError(t, err)
	require.NotContains(t, html, "<script>")
	require.NotContains(t, html, "<img")
	require.NotContains(t, html, "\"><b>")
}

func TestRoute_WhoIsNoReviewerAnyMoreIsToldOfTheirOwnTicketsOnly(t *testing.T) {
	t.Parallel()
	batch := Batch{
		Events:   []event.Event{{Seq: 1, Type: string(Commented), Aggregate: "ticket", SubjectID: 7, ActorID: 1}},
		Channels: []Channel{{ID: 1, Kind: Email, Rule: Rule{Types: Types()}}},
		People:   []Person{{ID: 1, Email: "ann@example.com"}, {ID: 2, Email: "dora@example.com", Reviewer: true}, {ID: 3, Email: "once-a-dba@example.com"}},
		Tickets:  map[int64]TicketState{7: {RequesterID: 1, ReviewerID: 3, Commenters: []int64{1, 2, 3}}},
	}
	drafts := Route(batch)
	require.Len(t, drafts, 1)
	require.Equal(t, "dora@example.com", drafts[0].Recipient)
}

func TestDuration_SaysTheTwoLargestUnits(t *testing.T) {
	t.Parallel()
	for seconds, said := range map[int64]string{5: "5 s", 60: "1 min", 192: "3 min 12 s", 3600: "1 h", 93900: "1 d 2 h", 90000 - 3600: "1 d"} {
		require.Equal(t, said, duration(seconds, "en"))
	}
	require.Equal(t, "3 分钟 12 秒", duration(192, "zh"))
}

func TestBackoff_GrowsToItsLimit(t *testing.T) {
	t.Parallel()
	require.Equal(t, "5s", backoff(1).String())
	require.Equal(t, "10s", backoff(2).String())
	require.Equal(t, longestPause, backoff(9))
	require.Equal(t, longestPause, backoff(1000))
}
