package rest

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"overmind/pkg/event"
	"overmind/pkg/ticket"
)

type ticketReviewer interface {
	Approve(ctx context.Context, actor event.Actor, id int64, a ticket.Approval) (ticket.View, error)
	Reject(ctx context.Context, actor event.Actor, id int64, version int, reason string) (ticket.View, error)
	Retry(ctx context.Context, actor event.Actor, id int64) (ticket.View, error)
	Undo(ctx context.Context, actor event.Actor, id int64) (ticket.View, error)
}

// Approval names exactly what was looked at.
type Approval struct {
	Version      int    `json:"version" binding:"required,min=1"`
	SpecHash     string `json:"spec_hash" binding:"required"`
	FindingsHash string `json:"findings_hash" binding:"required"`
	Note         string `json:"note,omitempty"`
}

// Rejection says why not.
type Rejection struct {
	Version int    `json:"version" binding:"required,min=1"`
	Reason  string `json:"reason" binding:"required"`
}

type ticketReviewHandlers struct{ tickets ticketReviewer }

// approve
//
//	@Summary		Approve a ticket
//	@Description	Never one's own. Conflict where the version, the spec or the findings are not those that were looked at.
//	@ID				approveTicket
//	@Tags			review
//	@Accept			json
//	@Produce		json
//	@Param			id		path		int			true	"ticket"	format(int64)
//	@Param			body	body		Approval	true	"what was looked at"
//	@Success		200		{object}	TicketDetail
//	@Failure		400,401,403,404,409,413,415	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/tickets/{id}/approve [post]
func (h ticketReviewHandlers) approve(c *gin.Context) error {
	var in Approval
	id, err := idAndBody(c, &in)
	if err != nil {
		return err
	}
	changed, err := h.tickets.Approve(c.Request.Context(), actor(c), id, ticket.Approval(in))
	return answerTicket(c, http.StatusOK, changed, err)
}

// reject
//
//	@Summary	Reject a ticket
//	@ID			rejectTicket
//	@Tags		review
//	@Accept		json
//	@Produce	json
//	@Param		id		path		int			true	"ticket"	format(int64)
//	@Param		body	body		Rejection	true	"why"
//	@Success	200		{object}	TicketDetail
//	@Failure	400,401,403,404,409,413,415,422	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tickets/{id}/reject [post]
func (h ticketReviewHandlers) reject(c *gin.Context) error {
	var in Rejection
	id, err := idAndBody(c, &in)
	if err != nil {
		return err
	}
	changed, err := h.tickets.Reject(c.Request.Context(), actor(c), id, in.Version, in.Reason)
	return answerTicket(c, http.StatusOK, changed, err)
}

// retry
//
//	@Summary	Run a failed ticket again, as it was approved
//	@ID			retryTicket
//	@Tags		review
//	@Produce	json
//	@Param		id					path		int	true	"ticket"	format(int64)
//	@Success	200					{object}	TicketDetail
//	@Failure	400,401,403,404,409	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tickets/{id}/retry [post]
func (h ticketReviewHandlers) retry(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	changed, err := h.tickets.Retry(c.Request.Context(), actor(c), id)
	return answerTicket(c, http.StatusOK, changed, err)
}

// undo
//
//	@Summary		Put back what a copy replaced
//	@Description	Until undo_until, while no later ticket has replaced the same objects and the target is as the copy left it. Writes to the copy are lost.
//	@ID				undoTicket
//	@Tags			review
//	@Produce		json
//	@Param			id							path		int	true	"ticket"	format(int64)
//	@Success		200							{object}	TicketDetail
//	@Failure		400,401,403,404,409,422,503	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/tickets/{id}/undo [post]
func (h ticketReviewHandlers) undo(c *gin.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	changed, err := h.tickets.Undo(c.Request.Context(), actor(c), id)
	return answerTicket(c, http.StatusOK, changed, err)
}
