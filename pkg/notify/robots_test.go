package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/secret"
)

var (
	clock      = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	atHome     = Guard{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	webhookRaw = []byte("0123456789abcdef0123456789abcdef")
)

func sample(t *testing.T, about Type, language string) Message {
	t.Helper()
	s := New(Options{Link: "https://overmind.example.com", Now: func() time.Time { return clock }})
	m, err := s.sample(about, language)
	require.NoError(t, err)
	m.ID = "message-1"
	return m
}

// received is a request as a provider sees it.
type received struct {
	*http.Request
	body []byte
}

// provider is a server that answers what judge returns, with a certificate that the returned poster trusts.
func provider(t *testing.T, judge func(r received) (status int, body string)) (url string, p poster) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		status, answer := judge(received{r, body})
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "30")
		}
		if status == http.StatusFound {
			w.Header().Set("Location", "http://127.0.0.1:1/")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.URL, newPoster(atHome, roots, func() time.Time { return clock })
}

func macOf(key, message string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(message))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// verifiers check a request the way each provider documents it, and answer as the provider does.
var verifiers = map[Kind]func(r received) (int, string){
	DingTalk: func(r received) (int, string) {
		stamp := r.URL.Query().Get("timestamp")
		if r.URL.Query().Get("access_token") != "a-robots-token" || r.URL.Query().Get("sign") != macOf("SECkey", stamp+"\nSECkey") ||
			stamp != strconv.FormatInt(clock.UnixMilli(), 10) {
			return 200, `{"errcode":310000,"errmsg":"sign not match"}`
		}
		var card struct {
			MsgType    string
			ActionCard struct{ Title, Text, SingleTitle, SingleURL string }
		}
		if json.Unmarshal(r.body, &card) != nil || card.MsgType != "actionCard" || card.ActionCard.Title == "" || card.ActionCard.Text == "" ||
			card.ActionCard.SingleURL == "" {
			return 200, `{"errcode":40035,"errmsg":"缺少参数"}`
		}
		return 200, `{"errcode":0,"errmsg":"ok"}`
	},
	WeCom: func(r received) (int, string) {
		var card struct {
			MsgType  string
			Markdown struct{ Content string }
		}
		switch {
		case r.URL.Query().Get("access_token") != "a-robots-token":
			return 200, `{"errcode":93000,"errmsg":"invalid webhook url"}`
		case json.Unmarshal(r.body, &card) != nil || card.MsgType != "markdown" || card.Markdown.Content == "" || len(card.Markdown.Content) > 4096:
			return 200, `{"errcode":40058,"errmsg":"markdown.content exceed max length 4096"}`
		}
		return 200, `{"errcode":0,"errmsg":"ok"}`
	},
	Feishu: func(r received) (int, string) {
		var card struct {
			Timestamp, Sign string
			MsgType         string `json:"msg_type"`
			Card            struct{ Elements []any }
		}
		if json.Unmarshal(r.body, &card) != nil || card.MsgType != "interactive" || len(card.Card.Elements) == 0 {
			return 200, `{"code":9499,"msg":"Bad Request","data":{}}`
		}
		if card.Sign != macOf(card.Timestamp+"\nSECkey", "") || card.Timestamp != strconv.FormatInt(clock.Unix(), 10) {
			return 200, `{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}`
		}
		return 200, `{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`
	},
	Slack: func(r received) (int, string) {
		var card struct {
			Text        string
			Attachments []struct{ Blocks []struct{ Type string } }
		}
		if json.Unmarshal(r.body, &card) != nil || card.Text == "" || len(card.Attachments) != 1 || len(card.Attachments[0].Blocks) < 3 {
			return 400, "invalid_payload"
		}
		return 200, "ok"
	},
	Teams: func(r received) (int, string) {
		var card struct {
			Type        string
			Attachments []struct {
				ContentType string
				Content     struct {
					Type, Version string
					Body          []any
				}
			}
		}
		if json.Unmarshal(r.body, &card) != nil || card.Type != "message" || len(card.Attachments) != 1 ||
			card.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" || card.Attachments[0].Content.Type != "AdaptiveCard" {
			return 400, `{"error":{"code":"InvalidRequestContent"}}`
		}
		return 202, ""
	},
	Webhook: func(r received) (int, string) {
		signed := r.Header.Get("webhook-id") + "." + r.Header.Get("webhook-timestamp") + "." + string(r.body)
		if r.Header.Get("webhook-signature") != "v1,"+macOf(string(webhookRaw), signed) || r.Header.Get("webhook-id") != "message-1" {
			return 401, "bad signature"
		}
		return 204, ""
	},
}

func secretsOf(kind Kind, url string) Secrets {
	s := Secrets{URL: secret.New(url + "/robot/send?access_token=a-robots-token"), Secret: secret.New("SECkey")}
	if kind == Webhook {
		s.Secret = secret.New("whsec_" + base64.StdEncoding.EncodeToString(webhookRaw))
	}
	return s
}

func TestRobots_EveryProviderTakesEveryMessageInBothLanguages(t *testing.T) {
	t.Parallel()
	for kind, verify := range verifiers {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			url, p := provider(t, verify)
			for _, about := range Types() {
				for _, language := range Languages() {
					require.NoError(t, p.post(t.Context(), robots[kind], secretsOf(kind, url), sample(t, about, language)), "%s %s", about, language)
				}
			}
		})
	}
}

func TestRobots_AWrongKeyIsAFailureWithTheProvidersWords(t *testing.T) {
	t.Parallel()
	for kind, said := range map[Kind]string{DingTalk: "sign not match", Feishu: "sign match fail", Webhook: "bad signature"} {
		url, p := provider(t, verifiers[kind])
		s := secretsOf(kind, url)
		s.Secret = secret.New("whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 32))))
		err := p.post(t.Context(), robots[kind], s, sample(t, Approved, "en"))
		var f *Failure
		require.ErrorAs(t, err, &f, kind)
		require.Equal(t, "not_accepted", f.Code)
		require.Contains(t, f.Answer, said)
		require.False(t, f.OnlyThis || f.Final, "another key may be entered within the day")
	}
}

func TestRobots_AnErrorInAnOKIsAnError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   Kind
		status int
		answer string
		code   string
		after  time.Duration
	}{
		{DingTalk, 200, `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`, "rate_limited", 10 * time.Minute},
		{DingTalk, 200, `{"errcode":300001,"errmsg":"token is not exist"}`, "not_accepted", 0},
		{DingTalk, 200, `{"errcode":-1,"errmsg":"系统繁忙"}`, "not_accepted", 0},
		{DingTalk, 200, `<html>a proxy's page</html>`, "not_accepted", 0},
		{WeCom, 200, `{"errcode":45009,"errmsg":"api freq out of limit"}`, "rate_limited", time.Minute},
		{WeCom, 200, `{"errcode":93000,"errmsg":"invalid webhook url"}`, "not_accepted", 0},
		{WeCom, 200, ``, "not_accepted", 0},
		{Feishu, 200, `{"code":11232,"msg":"frequency limited psm"}`, "rate_limited", time.Minute},
		{Feishu, 200, `{"code":19024,"msg":"Key Words Not Found"}`, "not_accepted", 0},
		{Slack, 200, `invalid_token`, "not_accepted", 0},
		{Slack, 404, `channel_not_found`, "not_accepted", 0},
		{Slack, 429, `rate_limited`, "rate_limited", 30 * time.Second},
		{Teams, 200, `Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429`, "rate_limited", time.Minute},
		{Teams, 200, `Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 403`, "not_accepted", 0},
		{Teams, 404, `{"error":{"code":"WorkflowNotFound"}}`, "not_accepted", 0},
		{Webhook, 429, ``, "rate_limited", 30 * time.Second},
		{Webhook, 500, `oops`, "not_accepted", 0},
		{Webhook, 302, ``, "redirected", 0},
	} {
		url, p := provider(t, func(received) (int, string) { return c.status, c.answer })
		err := p.post(t.Context(), robots[c.kind], secretsOf(c.kind, url), sample(t, Failed, "zh"))
		var f *Failure
		require.ErrorAs(t, err, &f, "%s %d %s", c.kind, c.status, c.answer)
		require.Equal(t, c.code, f.Code, c.answer)
		require.Equal(t, c.after, f.After, c.answer)
	}
}

func TestRobots_ASlowOrEndlessAnswerEnds(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	url, p := provider(t, func(received) (int, string) { <-release; return 200, "" })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := p.post(ctx, webhook{}, secretsOf(Webhook, url), sample(t, Approved, "en"))
	require.Equal(t, "unreachable: no answer in time", failureOf(err).Error())

	url, p = provider(t, func(received) (int, string) { return 500, strings.Repeat("long ", 1<<20) })
	err = p.post(t.Context(), webhook{}, secretsOf(Webhook, url), sample(t, Approved, "en"))
	require.LessOrEqual(t, len(failureOf(err).Answer), maxAnswer+len("…"))
}

func TestRobots_NoAnswerShowsTheAddressOrTheKey(t *testing.T) {
	t.Parallel()
	url, p := provider(t, func(r received) (int, string) { return 400, "no such robot: " + r.URL.String() + " SECkey" })
	s := secretsOf(DingTalk, url)
	shown := failureOf(p.post(t.Context(), robots[DingTalk], s, sample(t, Approved, "en")), s.URL, s.Secret).Error()
	require.NotContains(t, shown, "a-robots-token")
	require.NotContains(t, shown, "SECkey")
	s.URL = secret.New("https://127.0.0.1:1/robot/send?access_token=a-robots-token")
	shown = failureOf(p.post(t.Context(), robots[DingTalk], s, sample(t, Approved, "en")), s.URL, s.Secret).Error()
	require.Contains(t, shown, "unreachable: ")
	require.NotContains(t, shown, "a-robots-token")
}

// What people write must not become a link, a mention or a heading of ours.
func TestRobots_TextsOfPeopleStayText(t *testing.T) {
	t.Parallel()
	n := Notice{Type: Commented, At: clock, Facts: Facts{TicketID: 1, Title: "[x](http://evil.example) <!channel> @all\r\n# big",
		Actor: "**dora**", Target: &Place{"a", "b", "c"}, Text: "see [here](http://evil.example)\n![p](http://evil.example/x.png)\n<at id=all></at>"}}
	m, err := composer{link: "https://o.example", zone: time.UTC}.compose(n, "en", "1")
	require.NoError(t, err)
	for _, kind := range []Kind{DingTalk, WeCom, Teams} {
		body, err := encodeCard(robots[kind].card(m))
		require.NoError(t, err)
		for _, mark := range []string{"](http://evil", "@all", "<at", "<!channel>", "**: **dora"} {
			require.NotContains(t, string(body), mark, kind)
		}
	}
	body, err := encodeCard(slack{}.card(m))
	require.NoError(t, err)
	var card slackCard
	require.NoError(t, json.Unmarshal(body, &card))
	require.NotContains(t, card.Text, "<!channel>")
	for _, b := range card.Attachments[0].Blocks {
		for _, f := range b.Fields {
			require.Equal(t, "plain_text", f.Type)
		}
	}
}

func TestWeCom_StaysWithinItsLimitOfBytes(t *testing.T) {
	t.Parallel()
	m := sample(t, Commented, "zh")
	m.Text = strings.Repeat("很长的评论", 1000)
	content := weCom{}.card(m).(weComCard).Markdown.Content
	require.LessOrEqual(t, len(content), weComLimit)
	require.True(t, strings.HasSuffix(content, "]("+m.Link+")"), "the link is kept")
}

func TestPaces_StayWithinTheDocumentedLimits(t *testing.T) {
	t.Parallel()
	for kind, perMinute := range map[Kind]int{DingTalk: 20, WeCom: 20, Feishu: 100, Slack: 61} {
		p := paces[kind]
		require.LessOrEqual(t, p.Burst+int(time.Minute/p.Every), perMinute, kind)
	}
	for _, kind := range Kinds() {
		require.NotZero(t, paces[kind].Every, kind)
	}
}
