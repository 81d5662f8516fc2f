package notify

import (
	"strings"
	"time"
	"unicode/utf8"

	"overmind/pkg/secret"
)

// weCom is a group robot of WeCom. Its key is in the address, there is no signature.
// https://developer.work.weixin.qq.com/document/path/91770
type weCom struct{}

type weComCard struct {
	MsgType  string `json:"msgtype"`
	Markdown struct {
		Content string `json:"content"`
	} `json:"markdown"`
}

// weComLimit is the most bytes that the content may have.
const weComLimit = 4096

func (weCom) card(m Message) any {
	c := weComCard{MsgType: "markdown"}
	link := "\n[" + m.LinkText + "](" + m.Link + ")"
	c.Markdown.Content = clipBytes(markdown(m, "### ", "\n"), weComLimit-len(link)) + link
	return c
}

func clipBytes(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := limit - len("…")
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strings.TrimRight(text[:cut], "\n") + "…"
}

func (weCom) sign(*outgoing, secret.String, time.Time) error { return nil }

func (weCom) judge(a answer) *Failure {
	code, failure := coded(a, "errcode")
	switch {
	case failure != nil:
		return failure
	case code == 0:
		return nil
	case code == 45009 || code == 45033:
		return &Failure{Code: "rate_limited", Answer: a.said(), After: time.Minute}
	case code == 40058 || code == 44004:
		return &Failure{Code: "not_accepted", Answer: a.said(), OnlyThis: true}
	}
	return &Failure{Code: "not_accepted", Answer: a.said()}
}
