package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/event"
	"overmind/pkg/notify"
	"overmind/pkg/secret"
)

// Notifications is everything about messages to people; each handler uses its part.
type Notifications interface {
	channelService
	channelTester
	messageService
	preferenceService
}

type channelService interface {
	List(ctx context.Context, actor event.Actor) ([]notify.Channel, error)
	Get(ctx context.Context, actor event.Actor, id int64) (notify.Channel, error)
	Create(ctx context.Context, actor event.Actor, c notify.Channel, given notify.Secrets) (notify.Channel, error)
	Update(ctx context.Context, actor event.Actor, id int64, version int, p notify.Patch, given notify.Secrets) (notify.Channel, error)
	Delete(ctx context.Context, actor event.Actor, id int64, version int) error
}

// Channel is one way in which people are told what happened.
type Channel struct {
	ID        int64         `json:"id"`
	Name      string        `json:"name"`
	Kind      string        `json:"kind" enums:"email,dingtalk,wecom,feishu,slack,teams,webhook"`
	Language  string        `json:"language" enums:"en,zh"`
	Host      string        `json:"host"` // of the address; the rest of it is a credential and not shown
	Mail      *MailServer   `json:"mail,omitempty"`
	Rule      ChannelRule   `json:"rule"`
	Paused    bool          `json:"paused"`
	HasURL    bool          `json:"has_url"`
	HasSecret bool          `json:"has_secret"`
	Version   int           `json:"version"`
	Health    ChannelHealth `json:"health"`
	CreatedAt time.Time     `json:"created_at" format:"date-time"`
	UpdatedAt time.Time     `json:"updated_at" format:"date-time"`
}

// MailServer is where a channel for mail hands its mails over.
type MailServer struct {
	Host       string   `json:"host" example:"smtp.example.com"`
	Port       int      `json:"port" example:"587"`
	TLS        string   `json:"tls" enums:"starttls,tls,none"`
	Username   string   `json:"username,omitempty"` // empty: without signing in
	From       string   `json:"from" example:"overmind@example.com"`
	Recipients []string `json:"recipients,omitempty"` // addresses that get every message of the channel
}

// ChannelRule says which messages a channel gets. Without environments or teams it gets those of all.
type ChannelRule struct {
	Types          []string `json:"types" example:"ticket.submitted"`
	EnvironmentIDs []int64  `json:"environment_ids,omitempty"` // the source's or the target's
	Teams          []string `json:"teams,omitempty"`           // the requester's
}

// ChannelHealth is how a channel's messages fare.
type ChannelHealth struct {
	LastSuccessAt *time.Time `json:"last_success_at,omitempty" format:"date-time"`
	LastErrorAt   *time.Time `json:"last_error_at,omitempty" format:"date-time"`
	LastError     string     `json:"last_error,omitempty"`
	Failures      int        `json:"failures"`                               // in a row
	ResumeAt      *time.Time `json:"resume_at,omitempty" format:"date-time"` // the next try while it fails
	Queued        int64      `json:"queued"`
	Dead          int64      `json:"dead"` // given up
}

// ChannelList is all channels.
type ChannelList struct {
	Items []Channel `json:"items"`
}

// ChannelDraft is a new channel: a mail server, or the address of a robot or webhook.
type ChannelDraft struct {
	Name     string        `json:"name" binding:"required"`
	Kind     string        `json:"kind" binding:"required" enums:"email,dingtalk,wecom,feishu,slack,teams,webhook"`
	Language string        `json:"language" binding:"required" enums:"en,zh"`
	URL      secret.String `json:"url,omitempty" swaggertype:"string" format:"password"`
	Secret   secret.String `json:"secret,omitempty" swaggertype:"string" format:"password"` // signing key or mail password
	Mail     *MailServer   `json:"mail,omitempty"`
	Rule     ChannelRule   `json:"rule"`
}

// ChannelPatch changes what it names, where the version is still the one given. Another address or mail server without
// a secret blanks the stored one.
type ChannelPatch struct {
	Version  int           `json:"version" binding:"required,min=1"`
	Name     *string       `json:"name,omitempty"`
	Language *string       `json:"language,omitempty" enums:"en,zh"`
	URL      secret.String `json:"url,omitempty" swaggertype:"string" format:"password"`
	Secret   secret.String `json:"secret,omitempty" swaggertype:"string" format:"password"`
	Mail     *MailServer   `json:"mail,omitempty"`
	Rule     *ChannelRule  `json:"rule,omitempty"`
	Paused   *bool         `json:"paused,omitempty"`
}

type channelHandlers struct{ notifications Notifications }

// list
//
//	@Summary	Channels with their health
//	@ID			listChannels
//	@Tags		notifications
//	@Produce	json
//	@Success	200			{object}	ChannelList
//	@Failure	400,401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/channels [get]
func (h channelHandlers) list(c *gin.Context) error {
	if err := noQuery(c); err != nil {
		return err
	}
	found, err := h.notifications.List(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, ChannelList{Items: each(found, channelOf)})
	return nil
}

// get
//
//	@Summary	A channel
//	@ID			getChannel
//	@Tags		notifications
//	@Produce	json
//	@Param		id				path		int	true	"channel"	format(int64)
//	@Success	200				{object}	Channel
//	@Failure	400,401,403,404	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/channels/{id} [get]
func (h channelHandlers) get(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	found, err := h.notifications.Get(c.Request.Context(), actor(c), id)
	return answerChannel(c, http.StatusOK, found, err)
}

// create
//
//	@Summary	Add a channel
//	@ID			createChannel
//	@Tags		notifications
//	@Accept		json
//	@Produce	json
//	@Param		body	body		ChannelDraft	true	"the channel"
//	@Success	201		{object}	Channel
//	@Failure	400,401,403,409,413,415,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/channels [post]
func (h channelHandlers) create(c *gin.Context) error {
	var in ChannelDraft
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	draft := notify.Channel{Name: in.Name, Kind: notify.Kind(in.Kind), Language: in.Language, Rule: in.Rule.rule()}
	if in.Mail != nil {
		draft.Settings = in.Mail.settings()
	}
	made, err := h.notifications.Create(c.Request.Context(), actor(c), draft, notify.Secrets{URL: in.URL, Secret: in.Secret})
	return answerChannel(c, http.StatusCreated, made, err)
}

// update
//
//	@Summary	Change or pause a channel
//	@ID			updateChannel
//	@Tags		notifications
//	@Accept		json
//	@Produce	json
//	@Param		id		path		int				true	"channel"	format(int64)
//	@Param		body	body		ChannelPatch	true	"what to change"
//	@Success	200		{object}	Channel
//	@Failure	400,401,403,404,409,413,415,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/channels/{id} [patch]
func (h channelHandlers) update(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in ChannelPatch
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	patch := notify.Patch{Name: in.Name, Language: in.Language, Paused: in.Paused}
	if in.Mail != nil {
		settings := in.Mail.settings()
		patch.Settings = &settings
	}
	if in.Rule != nil {
		rule := in.Rule.rule()
		patch.Rule = &rule
	}
	changed, err := h.notifications.Update(c.Request.Context(), actor(c), id, in.Version, patch, notify.Secrets{URL: in.URL, Secret: in.Secret})
	return answerChannel(c, http.StatusOK, changed, err)
}

// remove
//
//	@Summary		Remove a channel
//	@Description	Its waiting messages are given up; those of tickets stay in their histories.
//	@ID				deleteChannel
//	@Tags			notifications
//	@Param			id		path	int	true	"channel"				format(int64)
//	@Param			version	query	int	true	"the version you saw"	minimum(1)
//	@Success		204
//	@Failure		400,401,403,404,409	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/channels/{id} [delete]
func (h channelHandlers) remove(c *gin.Context) error {
	id, version, err := idAndVersion(c)
	if err != nil {
		return err
	}
	if err := h.notifications.Delete(c.Request.Context(), actor(c), id, version); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func answerChannel(c *gin.Context, status int, found notify.Channel, err error) error {
	if err != nil {
		return err
	}
	c.JSON(status, channelOf(found))
	return nil
}

func (m MailServer) settings() notify.Settings {
	return notify.Settings{Host: m.Host, Port: m.Port, TLS: m.TLS, Username: m.Username, From: m.From, Recipients: m.Recipients}
}

func (r ChannelRule) rule() notify.Rule {
	return notify.Rule{Types: each(r.Types, func(t string) notify.Type { return notify.Type(t) }), EnvironmentIDs: r.EnvironmentIDs, Teams: r.Teams}
}

func channelOf(c notify.Channel) Channel {
	out := Channel{ID: c.ID, Name: c.Name, Kind: string(c.Kind), Language: c.Language, Host: c.Settings.Host, Paused: c.Paused,
		HasURL: c.HasURL, HasSecret: c.HasSecret, Version: c.Version, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
		Rule: ChannelRule{Types: each(c.Rule.Types, func(t notify.Type) string { return string(t) }),
			EnvironmentIDs: listed(c.Rule.EnvironmentIDs), Teams: listed(c.Rule.Teams)},
		Health: ChannelHealth{LastSuccessAt: optionalTime(c.Health.LastSuccessAt), LastErrorAt: optionalTime(c.Health.LastErrorAt),
			LastError: c.Health.LastError, Failures: c.Health.Failures, ResumeAt: optionalTime(c.Health.ResumeAt),
			Queued: c.Health.Queued, Dead: c.Health.Dead}}
	if s := c.Settings; c.Kind == notify.Email {
		out.Mail = &MailServer{Host: s.Host, Port: s.Port, TLS: s.TLS, Username: s.Username, From: s.From, Recipients: s.Recipients}
	}
	return out
}
