package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"overmind/pkg/secret"
)

// dingTalk is a group robot of DingTalk: an action card in Markdown, signed with timestamp and key in the address.
// https://open.dingtalk.com/document/robots/custom-robot-access
type dingTalk struct{}

type dingTalkCard struct {
	MsgType    string `json:"msgtype"`
	ActionCard struct {
		Title       string `json:"title"`
		Text        string `json:"text"`
		SingleTitle string `json:"singleTitle"`
		SingleURL   string `json:"singleURL"`
	} `json:"actionCard"`
}

func (dingTalk) card(m Message) any {
	c := dingTalkCard{MsgType: "actionCard"}
	c.ActionCard.Title = m.Subject
	c.ActionCard.Text = markdown(m, "### ", "\n\n")
	c.ActionCard.SingleTitle, c.ActionCard.SingleURL = m.LinkText, m.Link
	return c
}

func (dingTalk) sign(r *outgoing, key secret.String, now time.Time) error {
	if !key.IsSet() {
		return nil // the robot is secured by a keyword or an address instead
	}
	stamp := strconv.FormatInt(now.UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(stamp + "\n" + key.Reveal()))
	query := r.url.Query()
	query.Set("timestamp", stamp)
	query.Set("sign", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	r.url.RawQuery = query.Encode()
	return nil
}

// dingTalkSilence is how long a robot that sent too fast is not listened to.
const dingTalkSilence = 10 * time.Minute

func (dingTalk) judge(a answer) *Failure {
	code, failure := coded(a, "errcode")
	switch {
	case failure != nil:
		return failure
	case code == 0:
		return nil
	case code == 130101 || code == 410100:
		return &Failure{Code: "rate_limited", Answer: a.said(), After: dingTalkSilence}
	}
	return &Failure{Code: "not_accepted", Answer: a.said()}
}

// markdown is a message for a robot that reads Markdown; between separates its lines.
func markdown(m Message, heading, between string) string {
	lines := []string{heading + escapeMarkdown(m.Headline)}
	for _, f := range m.Facts {
		lines = append(lines, "**"+f.Label+"**: "+escapeMarkdown(f.Value))
	}
	if m.Text != "" {
		lines = append(lines, "**"+m.TextLabel+"**:")
		for line := range strings.SplitSeq(m.Text, "\n") {
			lines = append(lines, "> "+escapeMarkdown(line))
		}
	}
	return strings.Join(lines, between)
}

// markdownMarks break up what would become a link, an image, a mention, a heading or a style. Robots differ in which
// backslashes they understand, so the marks become their full-width twins, which none of them reads.
var markdownMarks = strings.NewReplacer("[", "［", "]", "］", "<", "＜", ">", "＞", "*", "＊", "`", "＇", "@", "＠", "#", "＃", "~", "～", "|", "｜", "!", "！")

func escapeMarkdown(text string) string {
	// A ticket's own number is ours to write and reads better as it is.
	return strings.Replace(markdownMarks.Replace(text), "＃", "#", headingMarks(text))
}

func headingMarks(text string) int {
	if len(text) > 1 && text[0] == '#' && text[1] >= '0' && text[1] <= '9' {
		return 1
	}
	return 0
}
