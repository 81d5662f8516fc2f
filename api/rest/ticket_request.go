package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/event"
	"overmind/pkg/ticket"
)

type ticketRequester interface {
	Submit(ctx context.Context, actor event.Actor, d ticket.Draft) (ticket.View, error)
	Preview(ctx context.Context, actor event.Actor, kind string, spec json.RawMessage) (ticket.Subject, ticket.Preflight, error)
	Edit(ctx context.Context, actor event.Actor, id int64, version int, d ticket.Draft) (ticket.View, error)
	Withdraw(ctx context.Context, actor event.Actor, id int64, version int) (ticket.View, error)
	Cancel(ctx context.Context, actor event.Actor, id int64) (ticket.View, error)
	Recheck(ctx context.Context, actor event.Actor, id int64) (ticket.View, error)
	Comment(ctx context.Context, actor event.Actor, id int64, text string) (ticket.View, error)
}

// TicketDraft is what a requester asks for.
type TicketDraft struct {
	Kind      string          `json:"kind" binding:"required" example:"migration"`
	Title     string          `json:"title" binding:"required"`
	Reason    string          `json:"reason,omitempty"`
	Spec      json.RawMessage `json:"spec" binding:"required" swaggertype:"object"` // its form depends on the kind
	NotBefore *time.Time      `json:"not_before,omitempty" format:"date-time"`      // absent: as soon as it is approved
}

// TicketEdit replaces what a ticket asks for and voids its approval, where the version is still the one given.
type TicketEdit struct {
	Version   int             `json:"version" binding:"required,min=1"`
	Title     string          `json:"title" binding:"required"`
	Reason    string          `json:"reason,omitempty"`
	Spec      json.RawMessage `json:"spec" binding:"required" swaggertype:"object"`
	NotBefore *time.Time      `json:"not_before,omitempty" format:"date-time"`
}

// PreviewRequest asks what preflight would find.
type PreviewRequest struct {
	Kind string          `json:"kind" binding:"required" example:"migration"`
	Spec json.RawMessage `json:"spec" binding:"required" swaggertype:"object"`
}

// VersionRef names the version that the caller saw.
type VersionRef struct {
	Version int `json:"version" binding:"required,min=1"`
}

// Comment is a remark on a ticket.
type Comment struct {
	Text string `json:"text" binding:"required"`
}

type ticketRequestHandlers struct{ tickets ticketRequester }

var idempotencyKeyForm = regexp.MustCompile(`^[!-~]{1,128}$`)

// submit
//
//	@Summary		Submit a ticket
//	@Description	The same Idempotency-Key with the same content gives the same ticket within 48 hours; with other content it is a conflict.
//	@Description
//	@Description	Spec of kind `migration`: `source` and `target` with `instance_id` and `database`, `tables` (absent: the whole
//	@Description	database), `content` (`structure+data` or `structure`), `if_exists` (`refuse` or `replace`), `executor`.
//	@ID				submitTicket
//	@Tags			tickets
//	@Accept			json
//	@Produce		json
//	@Param			Idempotency-Key	header		string		false	"1 to 128 printable characters of your choice"
//	@Param			body			body		TicketDraft	true	"the ticket"
//	@Success		201				{object}	TicketDetail
//	@Failure		400,401,403,404,409,413,415,422,429,503	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/tickets [post]
func (h ticketRequestHandlers) submit(c *gin.Context) error {
	key := c.GetHeader("Idempotency-Key")
	if key != "" && !idempotencyKeyForm.MatchString(key) {
		return badField("Idempotency-Key", "malformed", "Use 1 to 128 printable ASCII characters without spaces.")
	}
	var in TicketDraft
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	made, err := h.tickets.Submit(c.Request.Context(), actor(c), ticket.Draft{Kind: in.Kind, Title: in.Title, Reason: in.Reason,
		Spec: in.Spec, NotBefore: timeOf(in.NotBefore), IdempotencyKey: key})
	if err == nil {
		c.Header("Location", fmt.Sprintf("/api/v1/tickets/%d", made.ID))
	}
	return answerTicket(c, http.StatusCreated, made, err)
}

// preview
//
//	@Summary	What would preflight say?
//	@ID			previewTicket
//	@Tags		tickets
//	@Accept		json
//	@Produce	json
//	@Param		body	body		PreviewRequest	true	"kind and spec"
//	@Success	200		{object}	Preflight
//	@Failure	400,401,403,404,413,415,422,503	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tickets/preview [post]
func (h ticketRequestHandlers) preview(c *gin.Context) error {
	var in PreviewRequest
	if err := decode(c, maxBody, &in); err != nil {
		return err
	}
	_, preflight, err := h.tickets.Preview(c.Request.Context(), actor(c), in.Kind, in.Spec)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, preflightOf(preflight))
	return nil
}

// edit
//
//	@Summary		Change what a ticket asks for
//	@Description	While it is pending or queued. Voids the approval.
//	@ID				editTicket
//	@Tags			tickets
//	@Accept			json
//	@Produce		json
//	@Param			id		path		int			true	"ticket"	format(int64)
//	@Param			body	body		TicketEdit	true	"the whole new content"
//	@Success		200		{object}	TicketDetail
//	@Failure		400,401,403,404,409,413,415,422,503	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/tickets/{id} [put]
func (h ticketRequestHandlers) edit(c *gin.Context) error {
	var in TicketEdit
	id, err := idAndBody(c, &in)
	if err != nil {
		return err
	}
	changed, err := h.tickets.Edit(c.Request.Context(), actor(c), id, in.Version, ticket.Draft{Title: in.Title, Reason: in.Reason,
		Spec: in.Spec, NotBefore: timeOf(in.NotBefore)})
	return answerTicket(c, http.StatusOK, changed, err)
}

// withdraw
//
//	@Summary	Take my ticket back before its review
//	@ID			withdrawTicket
//	@Tags		tickets
//	@Accept		json
//	@Produce	json
//	@Param		id		path		int			true	"ticket"	format(int64)
//	@Param		body	body		VersionRef	true	"the version you saw"
//	@Success	200		{object}	TicketDetail
//	@Failure	400,401,403,404,409,413,415	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tickets/{id}/withdraw [post]
func (h ticketRequestHandlers) withdraw(c *gin.Context) error {
	var in VersionRef
	id, err := idAndBody(c, &in)
	if err != nil {
		return err
	}
	changed, err := h.tickets.Withdraw(c.Request.Context(), actor(c), id, in.Version)
	return answerTicket(c, http.StatusOK, changed, err)
}

// cancel
//
//	@Summary		Stop a queued or running ticket
//	@Description	Possible until the swap begins. The target stays as it was.
//	@ID				cancelTicket
//	@Tags			tickets
//	@Produce		json
//	@Param			id					path		int	true	"ticket"	format(int64)
//	@Success		200					{object}	TicketDetail
//	@Failure		400,401,403,404,409	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/tickets/{id}/cancel [post]
func (h ticketRequestHandlers) cancel(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	changed, err := h.tickets.Cancel(c.Request.Context(), actor(c), id)
	return answerTicket(c, http.StatusOK, changed, err)
}

// recheck
//
//	@Summary		Check again
//	@Description	A pending ticket gets a new preflight; one that needs attention gets a run that only finds out how it ended.
//	@ID				recheckTicket
//	@Tags			tickets
//	@Produce		json
//	@Param			id							path		int	true	"ticket"	format(int64)
//	@Success		200							{object}	TicketDetail
//	@Failure		400,401,403,404,409,422,503	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/tickets/{id}/recheck [post]
func (h ticketRequestHandlers) recheck(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	changed, err := h.tickets.Recheck(c.Request.Context(), actor(c), id)
	return answerTicket(c, http.StatusOK, changed, err)
}

// comment
//
//	@Summary	Say something about a ticket
//	@ID			commentTicket
//	@Tags		tickets
//	@Accept		json
//	@Produce	json
//	@Param		id		path		int		true	"ticket"	format(int64)
//	@Param		body	body		Comment	true	"the text"
//	@Success	201		{object}	TicketDetail
//	@Failure	400,401,403,404,409,413,415,422,429	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tickets/{id}/comments [post]
func (h ticketRequestHandlers) comment(c *gin.Context) error {
	var in Comment
	id, err := idAndBody(c, &in)
	if err != nil {
		return err
	}
	changed, err := h.tickets.Comment(c.Request.Context(), actor(c), id, in.Text)
	return answerTicket(c, http.StatusCreated, changed, err)
}

func idAndBody(c *gin.Context, body any) (int64, error) {
	id, err := pathID(c, "id")
	if err != nil {
		return 0, err
	}
	return id, decode(c, maxBody, body)
}
