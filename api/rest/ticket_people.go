package rest

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"overmind/pkg/event"
	"overmind/pkg/ticket"
)

// PersonList is people by name.
type PersonList struct {
	Items []Person `json:"items"`
}

// requesters
//
//	@Summary	Who has submitted tickets that I may see
//	@ID			listRequesters
//	@Tags		tickets
//	@Produce	json
//	@Success	200			{object}	PersonList
//	@Failure	400,401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tickets/requesters [get]
func (h ticketReadHandlers) requesters(c *gin.Context) error {
	return answerPeople(c, h.tickets.Requesters)
}

// reviewers
//
//	@Summary	Who may review what I would submit
//	@ID			listReviewers
//	@Tags		tickets
//	@Produce	json
//	@Success	200			{object}	PersonList
//	@Failure	400,401,403	{object}	Problem
//	@Security	cookie
//	@Security	bearer
//	@Router		/api/v1/tickets/reviewers [get]
func (h ticketReadHandlers) reviewers(c *gin.Context) error {
	return answerPeople(c, h.tickets.Reviewers)
}

func answerPeople(c *gin.Context, read func(context.Context, event.Actor) ([]ticket.Person, error)) error {
	if err := noQuery(c); err != nil {
		return err
	}
	people, err := read(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, PersonList{Items: each(people, shownPerson)})
	return nil
}

func shownPerson(p ticket.Person) Person { return Person(p) }
