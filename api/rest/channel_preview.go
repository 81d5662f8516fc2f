package rest

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"overmind/pkg/event"
	"overmind/pkg/notify"
)

type channelTester interface {
	Test(ctx context.Context, actor event.Actor, id int64, to string) (notify.TestResult, error)
	Preview(ctx context.Context, kind notify.Kind, about notify.Type, language string) (notify.Preview, error)
}

// ChannelTest is where a test message goes.
type ChannelTest struct {
	To string `json:"to,omitempty" example:"you@example.com"` // of a mail
}

// ChannelTestResult is how a test message fared.
type ChannelTestResult struct {
	OK     bool   `json:"ok"`
	Code   string `json:"code" example:"refused_address"` // ok, or why not
	Answer string `json:"answer,omitempty"`               // what the provider or the network said
}

// MessagePreview is what a kind of channel would send.
type MessagePreview struct {
	Subject string          `json:"subject"`
	Text    string          `json:"text,omitempty"`                      // of a mail; its HTML is under preview/mail
	Card    json.RawMessage `json:"card,omitempty" swaggertype:"object"` // of any other kind
}

// test
//
//	@Summary		Send a test message now
//	@Description	That the provider refuses it is a result too, with its own words.
//	@ID				testChannel
//	@Tags			notifications
//	@Accept			json
//	@Produce		json
//	@Param			id		path		int			true	"channel"	format(int64)
//	@Param			body	body		ChannelTest	true	"where a mail goes"
//	@Success		200		{object}	ChannelTestResult
//	@Failure		400,401,403,404,413,415,422,503	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/channels/{id}/test [post]
func (h channelHandlers) test(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in ChannelTest
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	result, err := h.notifications.Test(c.Request.Context(), actor(c), id, in.To)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, ChannelTestResult(result))
	return nil
}

// preview
//
//	@Summary	What a kind of channel would send, with made-up facts
//	@ID			previewMessage
//	@Tags		notifications
//	@Produce	json
//	@Param		kind		query		string	true	"kind of channel"	Enums(email,dingtalk,wecom,feishu,slack,teams,webhook)
//	@Param		type		query		string	true	"for example ticket.approved"
//	@Param		language	query		string	true	"language"	Enums(en,zh)
//	@Success	200			{object}	MessagePreview
//	@Failure	400,401,403,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/channels/preview [get]
func (h channelHandlers) preview(c *gin.Context) error {
	q := newQuery(c)
	kind, about, language := q.text("kind"), q.text("type"), q.text("language")
	if err := q.err(); err != nil {
		return err
	}
	shown, err := h.notifications.Preview(c.Request.Context(), notify.Kind(kind), notify.Type(about), language)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, MessagePreview{Subject: shown.Subject, Text: shown.Text, Card: shown.Card})
	return nil
}

// previewMail
//
//	@Summary	A mail as people see it, with made-up facts
//	@ID			previewMail
//	@Tags		notifications
//	@Produce	html
//	@Param		type		query		string	true	"for example ticket.approved"
//	@Param		language	query		string	true	"language"	Enums(en,zh)
//	@Success	200			{string}	string
//	@Failure	400,401,403,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/channels/preview/mail [get]
func (h channelHandlers) previewMail(c *gin.Context) error {
	q := newQuery(c)
	about, language := q.text("type"), q.text("language")
	if err := q.err(); err != nil {
		return err
	}
	shown, err := h.notifications.Preview(c.Request.Context(), notify.Email, notify.Type(about), language)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(shown.HTML))
	return nil
}
