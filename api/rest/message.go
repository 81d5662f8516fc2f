package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/event"
	"overmind/pkg/notify"
)

type messageService interface {
	Deliveries(ctx context.Context, actor event.Actor, f notify.DeliveryFilter) ([]notify.Delivery, error)
	OfTicket(ctx context.Context, ticketID int64) ([]notify.Delivery, error)
	Retry(ctx context.Context, actor event.Actor, id int64) (notify.Delivery, error)
}

type preferenceService interface {
	Preferences(ctx context.Context, actor event.Actor) (notify.Preferences, error)
	SavePreferences(ctx context.Context, actor event.Actor, p notify.Preferences) (notify.Preferences, error)
}

// Delivery is one message on its way through one channel.
type Delivery struct {
	ID            int64      `json:"id"`
	EventSeq      int64      `json:"event_seq"`
	Type          string     `json:"type" example:"ticket.approved"`
	TicketID      int64      `json:"ticket_id,omitempty"`
	ChannelID     int64      `json:"channel_id"`
	ChannelName   string     `json:"channel_name"`
	ChannelKind   string     `json:"channel_kind" enums:"email,dingtalk,wecom,feishu,slack,teams,webhook"`
	Recipient     string     `json:"recipient,omitempty"` // a mail address; shown to staff only
	RecipientName string     `json:"recipient_name,omitempty"`
	MessageID     string     `json:"message_id"` // the same for every try
	State         string     `json:"state" enums:"queued,delivered,dead"`
	Attempts      int        `json:"attempts"`
	Error         string     `json:"error,omitempty"` // of the last try; shown to staff only
	NextAt        *time.Time `json:"next_at,omitempty" format:"date-time"`
	CreatedAt     time.Time  `json:"created_at" format:"date-time"`
	SettledAt     *time.Time `json:"settled_at,omitempty" format:"date-time"`
}

// DeliveryPage is one page of messages, newest first.
type DeliveryPage struct {
	Items      []Delivery `json:"items"`
	NextCursor string     `json:"next_cursor,omitempty"`
}

// DeliveryList is the messages of one ticket, newest first.
type DeliveryList struct {
	Items []Delivery `json:"items"`
}

// NotificationPreferences is what I get by mail.
type NotificationPreferences struct {
	Email    string   `json:"email"` // where to; an admin sets it
	Language string   `json:"language" enums:"en,zh"`
	Muted    []string `json:"muted"` // what I do not want
}

// NotificationChoice is what I want by mail.
type NotificationChoice struct {
	Language string   `json:"language" binding:"required" enums:"en,zh"`
	Muted    []string `json:"muted"`
}

type messageHandlers struct {
	notifications Notifications
	tickets       ticketReader
	cursors       cursors
}

// list
//
//	@Summary	Messages of all channels
//	@ID			listDeliveries
//	@Tags		notifications
//	@Produce	json
//	@Param		channel_id	query		int		false	"through this channel"	format(int64)
//	@Param		ticket_id	query		int		false	"of this ticket"		format(int64)
//	@Param		state		query		string	false	"how far it is"	Enums(queued,delivered,dead)
//	@Param		limit		query		int		false	"rows a page"	minimum(1)	maximum(200)	default(50)
//	@Param		cursor		query		string	false	"from the page before"
//	@Success	200			{object}	DeliveryPage
//	@Failure	400,401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/deliveries [get]
func (h messageHandlers) list(c *gin.Context) error {
	who := actor(c)
	q := newQuery(c)
	filter := notify.DeliveryFilter{ChannelID: q.id("channel_id"), TicketID: q.id("ticket_id"),
		State: notify.State(q.oneOf("state", "", "queued", "delivered", "dead")), Limit: q.limit()}
	bound := scope(who.UserID, c.FullPath(), q.values)
	filter.Before = q.cursor(h.cursors, bound)
	if err := q.err(); err != nil {
		return err
	}
	found, err := h.notifications.Deliveries(c.Request.Context(), who, filter)
	if err != nil {
		return err
	}
	answer := DeliveryPage{Items: each(found, deliveryOf)}
	if len(found) == filter.Limit {
		answer.NextCursor = h.cursors.encode(bound, found[len(found)-1].ID)
	}
	c.JSON(http.StatusOK, answer)
	return nil
}

// retry
//
//	@Summary	Send a given up message again
//	@ID			retryDelivery
//	@Tags		notifications
//	@Produce	json
//	@Param		id					path		int	true	"message"	format(int64)
//	@Success	200					{object}	Delivery
//	@Failure	400,401,403,404,409	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/deliveries/{id}/retry [post]
func (h messageHandlers) retry(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	queued, err := h.notifications.Retry(c.Request.Context(), actor(c), id)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, deliveryOf(queued))
	return nil
}

// ofTicket
//
//	@Summary	Who was told of a ticket, and whether it arrived
//	@ID			listTicketMessages
//	@Tags		tickets
//	@Produce	json
//	@Param		id				path		int	true	"ticket"	format(int64)
//	@Success	200				{object}	DeliveryList
//	@Failure	400,401,403,404	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tickets/{id}/messages [get]
func (h messageHandlers) ofTicket(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	who := actor(c)
	if _, err := h.tickets.Get(c.Request.Context(), who, id); err != nil {
		return err
	}
	found, err := h.notifications.OfTicket(c.Request.Context(), id)
	if err != nil {
		return err
	}
	list := DeliveryList{Items: each(found, deliveryOf)}
	for i := range list.Items {
		if !who.IsStaff() {
			list.Items[i].Recipient, list.Items[i].Error = "", ""
		}
	}
	c.JSON(http.StatusOK, list)
	return nil
}

// preferences
//
//	@Summary	What I get by mail
//	@ID			getNotificationPreferences
//	@Tags		notifications
//	@Produce	json
//	@Success	200		{object}	NotificationPreferences
//	@Failure	401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/me/notifications [get]
func (h messageHandlers) preferences(c *gin.Context) error {
	found, err := h.notifications.Preferences(c.Request.Context(), actor(c))
	return answerPreferences(c, found, err)
}

// savePreferences
//
//	@Summary	Choose what I get by mail, and in which language
//	@ID			saveNotificationPreferences
//	@Tags		notifications
//	@Accept		json
//	@Produce	json
//	@Param		body	body		NotificationChoice	true	"what I want"
//	@Success	200		{object}	NotificationPreferences
//	@Failure	400,401,403,413,415,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/me/notifications [put]
func (h messageHandlers) savePreferences(c *gin.Context) error {
	var in NotificationChoice
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	saved, err := h.notifications.SavePreferences(c.Request.Context(), actor(c), notify.Preferences{Language: in.Language,
		Muted: each(in.Muted, func(t string) notify.Type { return notify.Type(t) })})
	return answerPreferences(c, saved, err)
}

func answerPreferences(c *gin.Context, p notify.Preferences, err error) error {
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, NotificationPreferences{Email: p.Email, Language: p.Language,
		Muted: each(p.Muted, func(t notify.Type) string { return string(t) })})
	return nil
}

func deliveryOf(d notify.Delivery) Delivery {
	out := Delivery{ID: d.ID, EventSeq: d.Notice.EventSeq, Type: string(d.Notice.Type), TicketID: d.Notice.Facts.TicketID,
		ChannelID: d.ChannelID, ChannelName: d.ChannelName, ChannelKind: string(d.ChannelKind), Recipient: d.Recipient,
		RecipientName: d.RecipientName, MessageID: d.MessageID, State: string(d.State), Attempts: d.Attempts, Error: d.Error,
		CreatedAt: d.CreatedAt, SettledAt: optionalTime(d.SettledAt)}
	if d.State == notify.Queued {
		out.NextAt = optionalTime(d.NextAt)
	}
	return out
}
